// VLibras, the federal Libras avatar: only loaded when the installation switched it on (its origin is then in the policy).
interface VLibras {
  Widget: new (app: string) => unknown;
}
window.addEventListener("load", () => {
  const vlibras = (window as unknown as { VLibras?: VLibras }).VLibras;
  if (vlibras) new vlibras.Widget("https://vlibras.gov.br/app");
});
