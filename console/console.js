for (const element of document.querySelectorAll('.endpoint')) element.textContent = location.origin;
const state = document.querySelector('#state');
try {
  const answer = await fetch('/_outcrop/health');
  state.textContent = (await answer.text()) === 'ok' ? 'running' : 'not healthy';
} catch {
  state.textContent = 'not reachable';
}
