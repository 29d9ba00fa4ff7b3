'use strict';
// Everything that comes from the cluster is put in as text; nothing here makes markup out of it.

const at = id => document.getElementById(id);

/** Text that turns the direction of what follows it, or shows nothing, would let a name look like another. */
const plain = text => text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, '\ufffd');

/** An element; attributes that are null, false or undefined are left out. */
function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {}))
    if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : plain(String(value)));
  element.append(...children.filter(child => child !== null && child !== undefined && child !== '').map(child => typeof child === 'string' ? plain(child) : child));
  return element;
}

const count = number => number.toLocaleString('en');
const plural = (number, one, many) => `${count(number)} ${number === 1 ? one : many}`;
const list = (some, separator = ', ') => some.items.join(separator) + (some.leftOut ? `${separator}and ${count(some.leftOut)} more` : '');

const standings = {
  Pending: ['bad', '✕ Pending'], Incomplete: ['warn', '◐ Incomplete'], Silent: ['bad', '! Silent'], Waiting: ['warn', '… Waiting'], Planned: ['ice', '○ Planned'], Announced: ['ok', '✓ Announced'],
  Serving: ['ok', '✓ Serving'], NoLiveSpeaker: ['bad', '✕ NoLiveSpeaker'], NodeNetworkUnavailable: ['bad', '✕ NodeNetworkUnavailable'], Draining: ['warn', '◐ Draining'], Withdrawn: ['warn', '! Withdrawn'],
  Established: ['ok', '✓ Established'], Down: ['bad', '✕ Down'], Unknown: ['warn', '? Unknown'], NoSessions: ['warn', '? NoSessions'],
  Frozen: ['ice', '❄ Frozen'], Valid: ['warn', '! Warning'], LastValid: ['warn', '! LastValid'], LeftOut: ['bad', '✕ LeftOut'], Fault: ['bad', '✕ at fault'],
};
const kindOf = word => (standings[word] || ['', ''])[0];
const badge = word => h('span', { class: `badge ${kindOf(word)}` }, (standings[word] || ['', word])[1]);
const cell = (label, content, kind) => h('td', { role: 'cell', 'data-label': content === '' || label === '' ? null : label, class: kind }, ...(Array.isArray(content) ? content : [content]));
const row = (...cells) => h('tr', { role: 'row' }, ...cells);

// --- Time: as the server's clock has it, since the browser's may be another.
let ahead = 0;
function clock(date) {
  const time = date.toLocaleTimeString('en-GB'), today = new Date(Date.now() + ahead);
  return date.toDateString() === today.toDateString() ? time : `${date.toLocaleDateString('en-CA')} ${time}`;
}
function age(date) {
  const seconds = Math.max(0, Math.round((Date.now() + ahead - date) / 1000));
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min ago`;
  return seconds < 129600 ? `${Math.round(seconds / 3600)} h ago` : `${Math.round(seconds / 86400)} days ago`;
}
const when = (iso, withAge) => iso === null ? '' : h('time', { datetime: iso }, clock(new Date(iso)), withAge ? h('span', { class: 'age', 'data-since': iso }, ` ${age(new Date(iso))}`) : null);
setInterval(() => { for (const span of document.querySelectorAll('[data-since]')) span.textContent = ` ${age(new Date(span.dataset.since))}`; }, 10000);

// --- The parts. Each is drawn again only when what it shows is another.
const drawn = new Map();
function draw(id, data, render) {
  const text = JSON.stringify(data);
  if (drawn.get(id) === text) return;
  drawn.set(id, text);
  at(id).replaceChildren(...render(data));
}
const say = (id, text) => { if (at(id).textContent !== plain(text)) at(id).textContent = plain(text); };
const rest = some => some.leftOut ? `the first ${count(some.items.length)}; ${count(some.leftOut)} more are left out` : '';

function totals(view) {
  const t = view.totals;
  const tile = (name, value, of, kind) => h('div', { class: kind }, h('dt', {}, name), h('dd', {}, count(value), of === null ? null : h('small', {}, ` of ${count(of)}`)));
  draw('totals', [t, view.isPlan], () => [
    tile(view.isPlan ? 'Services planned' : 'Services announced', t.announced, t.services),
    tile('Services without all addresses', t.pending, null, t.pending ? 'bad' : ''),
    tile('announced by nobody', t.silent, null, t.silent ? 'bad' : ''),
    tile('waiting', t.waiting, null, t.waiting ? 'warn' : ''),
    tile('addresses in use', t.addresses, null),
    tile('nodes serving', t.nodesServing, t.nodes, t.nodesServing < t.nodes ? 'bad' : ''),
    ...(t.sessions ? [tile('BGP sessions up', t.sessionsUp, t.sessions, t.sessionsUp < t.sessions ? 'bad' : '')] : []),
    tile('configuration problems', t.problems, null, t.problems ? 'bad' : ''),
  ]);
}

function attention(view) {
  say('troubled-count', view.troubled.items.length === 0 ? 'none' : rest(view.troubled));
  draw('reasons', view.reasons, some => some.items.length < 2 ? [] : some.items.map(r => h('li', {}, h('b', {}, count(r.services)), ` ${r.reason}`)));
  at('reasons').hidden = view.reasons.items.length < 2;
  draw('troubled', view.troubled, some => some.items.map(s => h('li', { class: kindOf(s.standing) },
    h('div', { class: 'top' }, h('span', { class: 'name' }, `${s.namespace}/${s.name}`), badge(s.standing), h('span', {}, s.reason), h('span', { class: 'mono muted' }, s.addresses.join(', '))),
    s.message === '' ? null : h('p', {}, s.message),
    s.advice === '' ? null : h('p', { class: 'advice' }, s.advice))));
  say('problems-count', rest(view.problems));
  at('problems-part').hidden = view.problems.items.length === 0;
  draw('problems', view.problems, some => some.items.map(p => h('li', { class: p.isWarning ? 'warn' : 'bad' },
    h('div', { class: 'top' }, p.kind === '' ? null : h('span', { class: 'name' }, `${p.kind} ${p.namespace}/${p.name}`), badge(p.isWarning ? 'Valid' : p.standing === '' ? 'Fault' : p.standing), p.isWarning ? null : h('span', {}, p.reason)),
    h('p', {}, p.message))));
}

function pools(view) {
  say('pools-count', view.pools.items.length === 0 ? 'none' : rest(view.pools));
  draw('pools-rows', view.pools, some => some.items.flatMap(pool => {
    const isFrozen = pool.state === 'Frozen';
    const rows = pool.families.map((f, index) => {
      const fill = h('i', {});
      fill.style.width = `${f.filled / 10}%`;
      const bar = h('div', { class: `bar${isFrozen ? ' frozen' : f.filled === 1000 ? ' full' : ''}`, 'aria-hidden': 'true' }, fill);
      const percent = f.filled === 0 ? 'empty' : f.filled < 10 ? 'under 1%' : f.filled > 990 && f.filled < 1000 ? 'over 99%' : `${Math.round(f.filled / 10)}%`;
      return row(
        cell('', [...(index === 0 ? [h('b', {}, pool.name), ' '] : []), h('span', { class: 'muted' }, f.family)]),
        cell('', [bar, h('span', { class: 'percent' }, isFrozen ? `${f.used} given, gives nothing new` : f.filled === 1000 ? '100%, exhausted' : percent)]),
        cell('Used', f.used, 'n'), cell('Available', isFrozen ? 'frozen' : f.available, 'n'));
    });
    if (rows.length === 0) rows.push(row(cell('', [h('b', {}, pool.name)]), cell('', ''), cell('', ''), cell('', '')));
    const about = [h('span', { class: 'mono' }, list(pool.ranges))];
    const note = text => about.push(' · ', text);
    if (!pool.autoAssign) note('on request only');
    if (pool.quarantined) note(`${plural(pool.quarantined, 'address', 'addresses')} in use by foreign hosts`);
    if (pool.excludedHeld.items.length) note(`excluded but still held: ${list(pool.excludedHeld)}`);
    if (isFrozen) about.push(' · ', badge('Frozen'), ` ${pool.why}`);
    else if (pool.why !== '') note(pool.why);
    rows.push(h('tr', { role: 'row', class: 'about' }, h('td', { role: 'cell', colspan: 4 }, ...about)));
    return rows;
  }));
}

function nodes(view) {
  say('nodes-count', view.nodes.items.length === 0 ? 'none' : rest(view.nodes));
  draw('map', view.nodes, some => some.items.map(node => {
    const load = h('i', {});
    load.style.width = `${node.load / 10}%`;
    const facts = [`owns ${plural(node.owned, 'address', 'addresses')}`];
    if (node.sessions) facts.push(`${count(node.sessionsUp)} of ${plural(node.sessions, 'session', 'sessions')} up`);
    if (node.bgpServices) facts.push(`announces ${plural(node.bgpServices, 'Service', 'Services')} by BGP`);
    if (node.interfaces.length) facts.push(node.interfaces.join(', '));
    return h('li', { class: kindOf(node.standing) === 'ok' ? '' : kindOf(node.standing) },
      h('div', { class: 'top' }, h('span', { class: 'name' }, node.name), badge(node.standing)),
      h('p', { class: 'facts' }, facts.join(' · ')),
      node.note === '' ? null : h('p', { class: 'facts' }, node.note),
      h('div', { class: 'bar', 'aria-hidden': 'true' }, load),
      h('ul', { class: 'owned', 'aria-label': `Addresses of ${node.name}` },
        ...node.addresses.items.map(a => h('li', {},
          h('span', { class: 'mono' }, a.address),
          h('span', { class: 'of', title: a.service }, a.ownership === 'Owns' ? null : h('span', { class: 'turn' }, a.ownership === 'Claims' ? (view.isPlan ? '' : 'claims · ') : `takes over from ${a.from} · `),
            a.service, a.sharers ? ` and ${count(a.sharers)} more` : ''))),
        node.addresses.leftOut ? h('li', { class: 'rest' }, `and ${count(node.addresses.leftOut)} more`) : null));
  }));
  draw('nodes-rows', view.nodes, some => some.items.map(node => row(
    cell('', [h('b', {}, node.name)]), cell('', [badge(node.standing), node.note === '' ? '' : ` ${node.note}`]), cell('Addresses owned', count(node.owned), 'n'), cell('Services by BGP', count(node.bgpServices), 'n'),
    cell('Sessions up', node.sessions ? `${count(node.sessionsUp)} of ${count(node.sessions)}` : '–', 'n'), cell('Interfaces', node.interfaces.join(', ')))));
}

function sessions(view) {
  at('sessions').hidden = view.sessions.items.length === 0;
  document.querySelector('nav a[href="#sessions"]').hidden = view.sessions.items.length === 0;
  say('sessions-count', rest(view.sessions));
  draw('sessions-rows', view.sessions, some => some.items.map(s => row(
    cell('', [h('b', {}, s.peer), ' ', h('span', { class: 'mono muted' }, s.router)]), cell('Node', s.node), cell('', [badge(s.state)]),
    cell('Since', s.since === null ? '' : [when(s.since, true)]), cell('BFD', s.bfd), cell('Last error', s.error))));
}

const words = {
  nodeAssigned: m => m.from === '' ? `${m.node} announces ${list(m.subjects)}` : `${m.node} took over ${list(m.subjects)} from ${m.from}`,
  AddressConflict: m => `${m.node}: another host has ${list(m.subjects)}`,
  announceFailed: m => `${m.node} cannot announce ${list(m.subjects)}`,
  SessionUp: m => `${m.node}: session with ${list(m.subjects)} is up`,
  SessionDown: m => `${m.node}: session with ${list(m.subjects)} is down`,
  SpeakerLost: m => `${m.node}: its speaker is gone`,
  SpeakerLives: m => `${m.node}: its speaker lives again`,
};
function timeline(view) {
  draw('moments', view.moments, some => some.items.map(m => h('li', {},
    when(m.time, true),
    h('div', {}, h('span', { class: `badge ${m.isWarning ? 'bad' : m.from === '' ? '' : 'warn'}` }, `${m.isWarning ? '! ' : m.from === '' ? '' : '→ '}${m.word}`), ` ${(words[m.word] || (x => list(x.subjects)))(m)}`,
      m.detail === '' ? null : h('p', { class: 'muted' }, m.detail)))));
  say('no-moments', view.moments.items.length ? '' : 'nothing is recorded yet');
}

// --- All Services, a page at a time.
let from = 0, asked = 0, shown = 0;
async function services() {
  const turn = ++asked;
  let page;
  try {
    const answer = await fetch(`/services.json?find=${encodeURIComponent(at('find').value.trim())}&from=${from}`);
    if (!answer.ok) return;
    page = await answer.json();
  } catch { return; /* the line above says that it is not live */ }
  if (turn !== asked) return;
  if (page.rows.length === 0 && page.from > 0) { from = 0; return services(); }
  shown = page.version;
  draw('services-rows', page.rows, rows => rows.map(s => row(
    cell('', [h('b', {}, `${s.namespace}/${s.name}`)]), cell('', [badge(s.standing)]), cell('Addresses', s.addresses.length ? [h('span', { class: 'mono' }, s.addresses.join(', '))] : ''),
    cell('Pools', s.pools.join(', ')), cell('Nodes', list(s.nodes)), cell('Reason', s.reason))));
  say('found', page.total === 0 ? 'no Service' : `${count(page.from + 1)} to ${count(page.from + page.rows.length)} of ${plural(page.total, 'Service', 'Services')}`);
  at('back').disabled = page.from === 0;
  at('next').disabled = page.from + page.rows.length >= page.total;
  at('next').dataset.from = page.from + page.rows.length;
}
let typing;
at('find').addEventListener('input', () => { clearTimeout(typing); typing = setTimeout(() => { from = 0; services(); }, 150); });
at('back').addEventListener('click', () => { from = Math.max(0, from - 50); services(); });
at('next').addEventListener('click', () => { from = Number(at('next').dataset.from) || 0; services(); });

// --- The connection.
let stream, heard = null, news = '', toldNews = 0;
function live(isLive) {
  at('live').className = `live ${isLive ? 'on' : 'off'}`;
  say('live-sign', isLive ? '●' : '○');
  say('live-text', isLive ? 'live' : heard === null ? 'not live: no answer yet' : `not live since ${heard.toLocaleTimeString('en-GB')}`);
}
function connect() {
  if (stream) stream.close();
  stream = new EventSource('/events');
  stream.addEventListener('pulse', event => {
    heard = new Date();
    ahead = new Date(event.data) - heard;
    live(true);
  });
  stream.addEventListener('view', event => show(JSON.parse(event.data), Number(event.lastEventId)));
  stream.addEventListener('error', () => live(false));
}
setInterval(() => {
  // A connection may die without a word; one that was refused is not tried again by itself.
  if (heard !== null && Date.now() - heard > 12000 || stream.readyState === EventSource.CLOSED) { live(false); connect(); }
}, 4000);

function show(view, version) {
  say('source', view.source);
  at('banner').hidden = view.trouble === '';
  say('banner', view.trouble);
  totals(view); attention(view); pools(view); timeline(view); nodes(view); sessions(view);
  const t = view.totals, troubles = t.pending + t.silent;
  document.title = troubles + t.problems ? `(${troubles + t.problems}) LbSpeaker` : 'LbSpeaker';
  // For those who listen: what matters, when it changes, and not with every change.
  const now = `${plural(t.pending, 'Service', 'Services')} without all addresses, ${count(t.silent)} announced by nobody, ${plural(t.problems, 'configuration problem', 'configuration problems')}`;
  if (now !== news && Date.now() - toldNews > 10000) { if (news !== '') say('news', now); news = now; toldNews = Date.now(); }
  if (version !== shown) services();
}
connect();
