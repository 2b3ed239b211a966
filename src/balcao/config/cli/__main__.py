from balcao.config.cli import main

main()
