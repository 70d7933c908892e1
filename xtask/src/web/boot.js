// The page's one script: loads the client. A file of its own, since the content security policy allows no inline
// scripts. Should the client not start, the page says so instead of staying blank.
import init from "{{glue}}";

init({ module_or_path: "{{wasm}}" }).catch((error) => {
  console.error(error);
  const notice = document.createElement("p");
  notice.className = "boot";
  notice.setAttribute("role", "alert");
  notice.textContent = "Studyhall could not start. Please reload the page, or try a current browser.";
  document.body.append(notice);
});
