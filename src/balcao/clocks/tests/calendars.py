"""The three offices that the tests of the clocks work in."""

from balcao.organization.worktime import Calendar, intervals_from

SAO_PAULO = Calendar.office("America/Sao_Paulo", "BR", "SP", yearly=((1, 25, "Aniversário de São Paulo"),))
VITORIA = Calendar.office("America/Sao_Paulo", "BR", "ES", yearly=((9, 8, "Nossa Senhora da Vitória"),))
LISBON = Calendar.office("Europe/Lisbon", "PT", "11", yearly=((6, 13, "Santo António"),))
ROUND_THE_CLOCK = Calendar("Europe/Lisbon", (intervals_from([["00:00", "24:00"]]),) * 7)
NIGHT_SHIFT = Calendar("America/Sao_Paulo", (intervals_from([["00:00", "06:00"], ["22:00", "24:00"]]),) * 7, "BR")
