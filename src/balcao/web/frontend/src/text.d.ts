// Styles of the chat's shadow tree come into its script as text.
declare module "*.css" {
  const text: string;
  export default text;
}
