// The box on a level's screen: the list of sleepers and the test letters. Texts come from the server.
(function () {
  'use strict';
  const words = window.dormouseLevel;
  if (!words) {
    return;
  }

  function ask(fields) {
    return fetch(words.url, { method: 'POST', body: new URLSearchParams(fields), credentials: 'same-origin' })
      .then(function (answer) { return answer.json(); })
      .then(function (answer) {
        if (!answer.success) {
          throw new Error((answer.data && answer.data.message) || words.failed);
        }
        return answer.data;
      }, function () { throw new Error(words.failed); });
  }

  function say(place, text, level) {
    const line = document.createElement('p');
    line.className = 'dormouse-said ' + level;
    line.textContent = text;
    place.replaceChildren(line);
    return line;
  }

  document.querySelectorAll('[data-sleepers]').forEach(function (box) {
    const place = box.querySelector('.dormouse-answer');
    const from = box.querySelector('[data-from]');
    const to = box.querySelector('[data-to]');

    function show(page) {
      say(place, words.asking, 'note');
      ask({ action: words.sleepers, nonce: words.sleepersNonce, term_id: box.dataset.sleepers, page: page, date_from: from.value, date_to: to.value })
        .then(function (found) { place.innerHTML = found.html; }, function (error) { say(place, error.message, 'bad'); });
    }

    box.querySelector('[data-show]').addEventListener('click', function () { show(1); });
    place.addEventListener('click', function (event) {
      const button = event.target.closest('[data-page]');
      if (button) {
        show(button.dataset.page);
      }
    });
    // The fields are part of the level's form: Enter would save it.
    [from, to].forEach(function (field) {
      field.addEventListener('keydown', function (event) {
        if (event.key === 'Enter') {
          event.preventDefault();
          show(1);
        }
      });
    });
  });

  document.querySelectorAll('[data-test-letter]').forEach(function (button) {
    const place = button.closest('fieldset').querySelector('.dormouse-answer');
    button.addEventListener('click', function () {
      button.disabled = true;
      say(place, words.asking, 'note');
      ask({ action: words.test, nonce: words.testNonce, term_id: button.dataset.level, stage: button.dataset.testLetter })
        .then(function (sent) {
          const link = document.createElement('a');
          link.href = sent.status.url;
          link.textContent = sent.status.label;
          say(place, sent.message + ' ', 'good').append(link);
        }, function (error) { say(place, error.message, 'bad'); })
        .finally(function () { button.disabled = false; });
    });
  });
}());
