"""docs/reference/rules.md: the legal rules of deadlines, with their citations."""

from __future__ import annotations

import inspect

from balcao.clocks import rules as module
from balcao.clocks.rules import Rule, rules

HEAD = """# Rules of deadlines

For the administrator who chooses a service's rule and the lawyer who checks it. Written from `clocks/rules.py` by
`make docs`; do not edit. A service may promise less than the law allows, never more.

"""

READ = """
## What was compared with the law, and what was not

Compared in November 2026 with copies of the texts, not with the official gazettes. Whoever answers for an agency's
deadlines has a lawyer read the acts in force, and the municipality's own, before the first promise is published.

* **Lei 13.460/2017, art. 16** (a public transcription of the article): as counted here, 30 days and 20 for whom the
  ombudsman asks, each "prorrogável de forma justificada uma única vez, por igual período"; silent on calendar or
  working days, on the start and on pauses.
* **Lei 9.784/1999, art. 66** (legjur.com, modeloinicial.com.br): as counted here.
* **The federal platform's counting** (gov.br/acessoainformacao, *prazos*): day 1 is the working day after the
  official notice; an end moves to a day of full hours; from 19:00 on the notice is of the next working day, which we
  do not take.
* **Lei 12.527/2011, art. 11, §§ 1º, 2º** (several transcriptions; senado.leg.br): 20 days, once 10 more "mediante
  justificativa expressa, da qual será cientificado o requerente".
* **Decreto 11.034/2022, art. 13** (a report of the article; arts. 1–4 and 12 on legisweb.com.br and legjur.com):
  "sete dias corridos, contado da data de seu registro". Binds who supplies a service regulated by the federal
  executive, not every town hall.
* **Decreto 9.492/2018, art. 18** (no text found): that a question to the person suspends (and does not restart) the
  count, and gives the person 20 days, is **not verified**. The national network's model for municipalities says 20
  days, then the file is closed; the model of the courts of accounts says 30, and that the count restarts. The decree
  binds the federal executive only: a municipality needs the pause in an act of its own.
* **CPA (Portugal), arts. 86–88** (dre.pt, consolidated text): as counted here.
* **Decreto-Lei 135/99, arts. 35.º-A–39.º (Yellow Book)** (livroamarelo.gov.pt; guias.mosaico.gov.pt): an answer
  within 15 working days of receipt, for suggestions and praise too. The number of the paragraph that says so, and
  that there is no extension, were **not verified**.
* **Decreto-Lei 156/2005 (complaints book of businesses)** (epal.pt; bportugal.pt): 15 working days as well; it binds
  suppliers, not the administration, and no rule here cites it.

The categories of who is served first (`citizens/priorities.yaml`) were compared too: Lei 10.048/2000, art. 1º with
Lei 14.626/2023 (autism, reduced mobility; blood donors after everybody else, with a proof that is valid for 120 days:
Lei 10.205/2001, art. 15) and Lei 14.364/2022 (who accompanies them is served together with them), reports of the
Senate and planalto.gov.br; Lei 10.741/2003, art. 3º, § 2º (over 80 before the other elderly), legjur.com; Decreto-Lei
58/2016, arts. 3.º and 4.º (65 and an evident limitation; 60 % of incapacity by certificate; a child of up to two;
between them, order of arrival), acice.pt and tfra.pt. The letters of art. 3.º, n.º 1 were not verified.

Each category has the day from which it holds, is offered from that day on and to its last, and stands twice when the
law changed its rank. Where the days are from:

* **Found in texts**: Lei 13.466/2017, in force on publication, 2017-07-13 (cartoriomassote.com, Agência Senado); Lei
  14.626/2023, published on 2023-07-20 (cremesp.org.br, Agência Câmara); Decreto-Lei 58/2016, in force on 2016-12-27
  (accaocontinua.com) and, by art. 2.º, n.º 3, not where people are attended by appointment (pgdlisboa.pt, acice.pt).
* **From memory, to be read by a lawyer**: that Lei 14.626/2023 holds from its publication; Lei 10.048/2000 from its
  own, 2000-11-09; 60 years and not 65 since Lei 10.741/2003 (90 days: 2004-01-01); obesity since Lei 13.146/2015 (180
  days, counted by Lei Complementar 95/1998, art. 8º, § 1º: 2016-01-03; many say the day before).
"""

COUNTRIES = {"BR": "Brazil", "PT": "Portugal", "": "anywhere"}
STARTS = {
    "next_working_day": "the next working day",
    "next_day": "the next day",
    "immediately": "the moment itself, in working time",
}
ROLLS = {
    "forward_to_full_working_day": "moves to the next day of full office hours",
    "forward_to_working_day": "moves to the next working day",
    "none": "stays where it falls",
}


def _extension(rule: Rule) -> str:
    terms = rule.extension
    if terms is None:
        return "no"
    much = f"{terms.amount} {rule.unit.replace('_', ' ')}" if terms.amount else "at most as much again as was promised"
    times = "once" if terms.times == 1 else f"{terms.times} times"
    return f"{times}, by {much}{', with a reason' if terms.needs_reason else ''}" + (
        f" ({terms.citation})" if terms.citation else ""
    )


def _pause(rule: Rule) -> str:
    if not rule.may_pause:
        return f"no. {rule.no_pause}"
    return f"yes ({rule.pause_citation})" if len(rule.pause_citation) > 1 else "yes, by the agency's own decision"


def text() -> str:
    """The whole page; in English, whatever the language of the installation."""
    from django.utils import translation

    with translation.override("en"):
        doc = inspect.cleandoc(module.__doc__ or "")
        parts = [HEAD, doc.split("\n", 2)[2], "\n"]
        for rule in rules():
            amount = rule.amount if rule.amount is not None else "the service's own number of"
            parts += [
                f"\n## `{rule.slug}`: {rule.name}\n\n",
                f"* **How long**: {amount} {rule.unit.replace('_', ' ')}\n",
                f"* **Counted from**: {STARTS[rule.start]}\n",
                f"* **Its end**: {ROLLS[rule.roll]}\n",
                f"* **May pause**: {_pause(rule)}\n",
                f"* **May be extended**: {_extension(rule)}\n",
                f"* **Where**: {COUNTRIES[rule.jurisdiction]}; version {rule.version}\n",
                f"* **Source**: {rule.citation or 'a promise of the agency'}\n",
            ]
        return "".join([*parts, READ])
