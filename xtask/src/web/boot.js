// The page's one script: loads the client. A file of its own, since the content security policy allows no inline
// scripts. If it cannot start, the page says so instead of staying blank: see `[data-boot="failed"]` in the styles.
import init from "{{glue}}";

init({ module_or_path: "{{wasm}}" }).catch((error) => {
  console.error(error);
  document.documentElement.dataset.boot = "failed";
});
