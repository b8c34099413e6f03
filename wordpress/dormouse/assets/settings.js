// Two buttons of Settings → Dormouse: the test of the connection and new keys. Texts come from the server.
(function () {
  'use strict';
  const form = document.getElementById('dormouse-settings');
  const words = window.dormouseSettings;
  if (!form || !words) {
    return;
  }

  function ask(action, extra) {
    const body = new FormData(form);
    body.set('action', action);
    Object.keys(extra || {}).forEach(function (name) {
      body.set(name, extra[name]);
    });
    return fetch(words.url, { method: 'POST', body: body, credentials: 'same-origin' })
      .then(function (answer) { return answer.json(); })
      .then(function (answer) {
        if (!answer.success) {
          throw new Error();
        }
        return answer.data;
      });
  }

  function show(findings) {
    form.querySelector('.dormouse-findings').replaceChildren(...findings.map(function (finding) {
      const line = document.createElement('li');
      line.className = finding.level;
      line.textContent = finding.text;
      return line;
    }));
  }

  function showFailure() {
    show([{ level: 'bad', text: words.failed }]);
  }

  form.querySelector('[data-test]').addEventListener('click', function (event) {
    const button = event.currentTarget;
    button.disabled = true;
    show([{ level: 'note', text: words.asking }]);
    ask(words.test).then(show, showFailure).finally(function () { button.disabled = false; });
  });

  form.querySelectorAll('[data-new-key]').forEach(function (button) {
    const name = button.dataset.newKey;
    button.addEventListener('click', function () {
      ask(words.newKey, { name: name }).then(function (made) {
        const box = form.querySelector('[data-key-of="' + name + '"]');
        form.querySelector('#dormouse-' + name).value = made.key;
        const id = form.querySelector('input[name="dormouse[key_id]"]');
        if (name === 'key' && id) {
          id.value = made.id;
        }
        box.querySelector('textarea').value = made.lines;
        box.hidden = false;
      }, showFailure);
    });
  });
}());
