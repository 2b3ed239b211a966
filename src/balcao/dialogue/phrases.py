"""What the interview itself says in a conversation, in every language that we speak."""

from __future__ import annotations

from .questions import Lack
from .text import Text


def _in(pt_br: str, en: str, pt_pt: str | None = None) -> Text:
    return Text((("pt-br", pt_br), ("pt-pt", pt_pt or pt_br), ("en", en)))


YES = _in("Sim", "Yes")
NO = _in("Não", "No")
AGREE = _in("Concordo", "I agree")
DISAGREE = _in("Não concordo", "I do not agree")
SKIP = _in("Pular", "Skip", "Saltar")
UNKNOWN = _in("Não sei", "I do not know")
NONE = _in("Não tenho", "I do not have it")
LACKS = {Lack.UNKNOWN: UNKNOWN, Lack.NONE: NONE}
KEEP = _in("Manter como estava", "Keep it")
DONE = _in("Pronto", "Done")
SEND = _in("Enviar", "Send")
CORRECT = _in("Corrigir", "Correct")
OPTIONS = _in("Ver opções", "See the options")
EMPTY = _in("não respondido", "not answered")

BEFORE = _in("Antes: {answer}", "Before: {answer}")
EXAMPLE = _in("Exemplo: {example}", "Example: {example}")
CHOOSE = _in("Escolha uma opção.", "Please choose one.")
TYPE_A_NUMBER = _in(
    "Responda com o número da opção.",
    "Please answer with the number of your choice.",
    "Responda com o número da opção.",
)
TYPE_NUMBERS = _in(
    "Pode escolher mais de uma. Responda com os números, por exemplo 1, 3.",
    "You may choose several. Please answer with their numbers, for example 1, 3.",
    "Pode escolher mais do que uma. Responda com os números, por exemplo 1, 3.",
)
TYPE_A_LABEL = _in("Escreva a opção.", "Please write your choice.", "Escreva a opção.")
TYPE_LABELS = _in(
    "Pode escolher mais de uma. Escreva as opções com ponto e vírgula entre elas.",
    "You may choose several. Please write them with semicolons between them.",
    "Pode escolher mais do que uma. Escreva as opções com ponto e vírgula entre elas.",
)
SCALE = _in("Responda com um número de {min} a {max}.", "Please answer with a number from {min} to {max}.")
OR_TYPE = _in("Ou escreva: {words}.", "Or write: {words}.")
SEND_FILES = _in(
    "Envie as fotos ou os arquivos. Quando terminar, escreva “pronto”.",
    "Send your photos or files. When that is all, write “done”.",
    "Envie as fotografias ou os ficheiros. Quando terminar, escreva “pronto”.",
)
FILES_SO_FAR = _in("Recebidos até agora: {count}.", "Received so far: {count}.")
SEND_PLACE = _in(
    "Envie a localização pelo celular ou escreva o endereço.",
    "Send your location from your phone, or write the address.",
    "Envie a localização pelo telemóvel ou escreva a morada.",
)
REVIEW = _in("Confira o que você nos contou:", "Please check what you told us:", "Confira o que nos contou:")
MAY_WE_SEND = _in(
    "Está tudo certo? Escreva “enviar”, ou “corrigir” para mudar uma resposta.",
    "Is everything right? Write “send”, or “correct” to change an answer.",
    "Está tudo certo? Escreva “enviar”, ou “corrigir” para mudar uma resposta.",
)
WHICH_ONE = _in(
    "Qual resposta você quer corrigir?", "Which answer do you want to correct?", "Que resposta quer corrigir?"
)
HANDOVER = _in(
    "Vamos chamar uma pessoa. O que você já respondeu fica guardado.",
    "We are calling a person. What you have answered is kept.",
    "Vamos chamar uma pessoa. O que já respondeu fica guardado.",
)
HELP = _in(
    "Escreva “voltar” para a pergunta anterior, “corrigir” para mudar uma resposta, ou “falar com uma pessoa”.",
    "Write “back” for the question before, “correct” to change an answer, or “talk to a person”.",
)

# In a letter
ATTACH = _in(
    "Anexe as fotos ou os arquivos à sua resposta.",
    "Attach your photos or files to your reply.",
    "Anexe as fotografias ou os ficheiros à sua resposta.",
)
WRITE_PLACE = _in("Escreva o endereço.", "Write the address.", "Escreva a morada.")
REPLY = _in("Responda a este e-mail com a sua resposta.", "Please reply to this e-mail with your answer.")
REPLY_WITH_NUMBERS = _in(
    "Responda a este e-mail e escreva cada resposta depois do número da pergunta, uma por linha:\n"
    "{first}. …\n{second}. …\n"
    "O que ficar sem resposta, perguntamos de novo. Errou? Escreva o número e a resposta nova.",
    "Please reply to this e-mail and write each answer after its question's number, one a line:\n"
    "{first}. …\n{second}. …\n"
    "We ask again what you leave out. A mistake? Write the number and the new answer.",
)
REPLY_SEND = _in(
    "Está tudo certo? Responda “enviar”. Para mudar uma resposta, escreva o número dela e a resposta nova.",
    "Is everything right? Reply “send”. To change an answer, write its number and the new answer.",
)
REPLY_PERSON = _in(
    "Prefere falar com uma pessoa? Responda “falar com uma pessoa”.",
    "Would you rather talk to a person? Reply “talk to a person”.",
)
WHICH_NUMBER = _in(
    "Não soubemos a que pergunta você respondeu. Escreva o número dela antes da resposta.",
    "We could not tell which question you answered. Please write its number before the answer.",
    "Não soubemos a que pergunta respondeu. Escreva o número dela antes da resposta.",
)
