// A link from another site comes without our cookie, as a browser keeps it back. Whoever is in all
// the same is taken on; nobody is asked twice.

const to = document.querySelector("input[name=to]").value;
const reply = await fetch("/api/index");
if (reply.ok) location.replace(to);
