.PHONY: lock
lock: ## pin every dependency with its hashes
	.venv/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --group pyproject.toml:dev pyproject.toml -o requirements-dev.lock
	.venv/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header -c requirements-dev.lock pyproject.toml -o requirements.lock
