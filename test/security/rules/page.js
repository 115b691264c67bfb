// Examples for page.yml.
// ruleid: pages-show-text
element.innerHTML = order.customerName;
// ruleid: pages-show-text
list.insertAdjacentHTML('beforeend', text);
// ruleid: pages-show-text
document.write(text);
// ruleid: pages-show-text
const view = <div dangerouslySetInnerHTML={{ __html: text }} />;
// ok: pages-show-text
element.textContent = order.customerName;
// ok: pages-show-text
const same = <div>{text}</div>;
