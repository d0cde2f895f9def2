#include "scenarios/batch/report_script.h"

namespace bitgoeul::scenarios::batch {

const char* const kPageStyle = R"css(
:root{color-scheme:light}
*{box-sizing:border-box}
body{margin:0;font:15px/1.5 system-ui,"Segoe UI","Noto Sans","Noto Sans KR",sans-serif;color:#1c2733;background:#f3f5f8}
header{background:linear-gradient(100deg,#0d2338,#173f63);color:#fff;padding:26px 0 24px}
.wrap{max-width:1400px;margin:0 auto;padding:0 24px}
h1{margin:0;font-size:26px}h2{margin:0 0 10px;font-size:18px}h3{margin:8px 0;font-size:15px}
header p{margin:4px 0 0;color:#c5d4e3}
.badge{float:right;font-size:20px;font-weight:700;padding:8px 22px;border-radius:8px;background:#777}
.PASS{background:#1c8f4d;color:#fff}.FAIL{background:#c8202a;color:#fff}.NOT_EVALUATED,.NOT_RUN{background:#b7791f;color:#fff}
.FAULT{background:#6b2fa0;color:#fff}.EXCUSED{background:#7a8896;color:#fff}
section{background:#fff;border-radius:10px;padding:16px 20px 20px;margin:18px 0;box-shadow:0 1px 3px #0d233822}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
.wide{min-width:250px;max-width:430px;overflow-wrap:break-word}
th,td{padding:5px 10px;text-align:left;border-bottom:1px solid #e8edf2;vertical-align:top}
th{position:sticky;top:0;background:#eef2f6;cursor:pointer;white-space:nowrap}
.scroll{max-height:560px;overflow:auto;border:1px solid #e3e8ee;border-radius:6px}
.tag{padding:1px 9px;border-radius:10px;font-size:13px;font-weight:600;white-space:nowrap}
.bar{display:flex;gap:10px;flex-wrap:wrap;margin:0 0 10px;align-items:center}
input,select{font:inherit;padding:4px 8px;border:1px solid #c5d0da;border-radius:6px;background:#fff;max-width:100%}
#filter{min-width:280px}
code{font:12px ui-monospace,"DejaVu Sans Mono",monospace;background:#eef2f6;padding:2px 6px;border-radius:4px;overflow-wrap:anywhere}
.two{display:grid;grid-template-columns:repeat(auto-fit,minmax(520px,1fr));gap:18px}.two section{margin:0}
.chart{position:relative;height:300px}
.heat{overflow:auto;max-height:420px}.heat td{text-align:center;border:2px solid #fff;min-width:64px}.heat th{cursor:default;position:static}
.none{color:#7a8896}.map{display:block;width:100%;height:auto;border:1px solid #d9e0e8;border-radius:6px}
.marks circle{fill:#c8202aaa;stroke:#fff;stroke-width:1.5}
)css";

const char* const kPageBody = R"html(
<section><h2>Runs</h2><div class="bar"><input id="filter" placeholder="filter: words in scenario, parameters, message" aria-label="filter">
<select id="verdict" aria-label="verdict"></select><span id="shown" class="none"></span></div>
<div class="scroll"><table id="runs"><thead></thead><tbody></tbody></table></div></section>
<section id="base" hidden><h2>Against the baseline</h2><p id="base_text"></p><div class="scroll"><table id="base_rows"><thead></thead><tbody></tbody></table></div></section>
<div class="two">
<section><h2>Pass rate over two parameters</h2><div class="bar"><select id="heat_s" aria-label="scenario"></select><select id="heat_x" aria-label="columns"></select><select id="heat_y" aria-label="rows"></select></div><div id="heat" class="heat"></div></section>
<section><h2>Distribution</h2><div class="bar"><select id="metric" aria-label="metric"></select></div><div class="chart"><canvas id="histogram"></canvas></div></section>
<section><h2>Criteria: part of the runs that pass, this batch and baseline</h2><div class="chart"><canvas id="criteria"></canvas></div></section>
<section><h2>Pass rate over seeds (95 % interval)</h2><div class="scroll" style="max-height:330px"><table id="seeds"><thead></thead><tbody></tbody></table></div></section>
</div>
)html";

const char* const kPageScript = R"js(
'use strict';
const $=id=>document.getElementById(id);
const el=(tag,text,cls)=>{const e=document.createElement(tag);if(text!==undefined)e.textContent=text;if(cls)e.className=cls;return e};
const shade=v=>({PASS:'PASS',FAIL:'FAIL',NOT_EVALUATED:'NOT_EVALUATED',NOT_RUN:'NOT_RUN'})[v]||'FAULT';
const text=o=>Object.entries(o).map(([k,v])=>k+'='+v).join(' ');
const num=v=>v===undefined?'':Number.isInteger(v)?String(v):v.toPrecision(5);
const option=(select,values,label)=>values.forEach(v=>{const o=el('option',label?label(v):v);o.value=v;select.append(o)});
const uniq=list=>[...new Set(list)];
const rows=DATA.rows;
// The file's name says enough where no other scenario has the same.
const stem=s=>String(s).split('/').pop().replace(/\.(xosc|xodr)$/,''),stems={};
uniq(rows.map(r=>r.s)).forEach(s=>stems[stem(s)]=(stems[stem(s)]||0)+1);
const short=s=>stems[stem(s)]===1?stem(s):s;

// Table of runs: the columns a reader needs, then the criteria.
const criteria=uniq(rows.flatMap(r=>Object.keys(r.c||{})));
const columns=[['verdict',r=>r.v],['scenario',r=>short(r.s)],['parameters',r=>text(r.p)],['stacks',r=>text(r.k)],['seed',r=>r.seed],['why',r=>r.x?r.m+' (expected: '+r.x+')':r.m],
...criteria.map(c=>[c,r=>r.c&&r.c[c]?r.c[c][0]:undefined]),['verified',r=>r.ok]].filter(([n,f])=>n!=='stacks'||rows.some(r=>Object.keys(r.k).length));
let order=rows.slice(),sorted=-1,direction=1;
function head(table,names,click){const tr=el('tr');names.forEach((n,i)=>{const th=el('th',n);if(click)th.onclick=()=>click(i);tr.append(th)});table.tHead.replaceChildren(tr)}
function compare(a,b){if(a===undefined)return 1;if(b===undefined)return -1;return typeof a==='number'&&typeof b==='number'?a-b:String(a).localeCompare(String(b),'en',{numeric:true})}
const MAX=2000;
function show(){
  const words=$('filter').value.toLowerCase().split(/\s+/).filter(Boolean),v=$('verdict').value;
  const found=order.filter(r=>(!v||r.v===v)&&words.every(w=>(r.s+' '+text(r.p)+' '+text(r.k)+' seed '+r.seed+' '+r.m).toLowerCase().includes(w)));
  $('shown').textContent=found.length+' of '+rows.length+(found.length>MAX?', the first '+MAX+' shown':'');
  $('runs').tBodies[0].replaceChildren(...found.slice(0,MAX).map(r=>{const tr=el('tr');tr.title=r.r;
    columns.forEach(([n,f])=>{const value=f(r),td=el('td',undefined,typeof value==='string'&&value.length>24?'wide':'');
      if(n==='verdict')td.append(el('span',value,'tag '+(r.x?'EXCUSED':shade(value))));
      else if(n==='scenario'&&r.dir){const a=el('a',value);a.href=r.dir+'/report.html';a.title=r.s;td.append(a)}
      else td.textContent=typeof value==='number'?num(value):value===undefined?'':value;
      tr.append(td)});return tr}));
}
head($('runs'),columns.map(c=>c[0]),i=>{direction=sorted===i?-direction:1;sorted=i;order.sort((a,b)=>compare(columns[i][1](a),columns[i][1](b))*direction||a.i-b.i);show()});
option($('verdict'),['',...uniq(rows.map(r=>r.v)).sort()],v=>v||'every verdict');
$('filter').oninput=$('verdict').onchange=show;show();

// Heat map.
const names=s=>uniq(rows.filter(r=>r.s===s).flatMap(r=>Object.keys(r.p))).filter(n=>uniq(rows.filter(r=>r.s===s).map(r=>r.p[n])).length>1);
const byNumber=(a,b)=>compare(isNaN(+a)?a:+a,isNaN(+b)?b:+b);
function heatAxes(){const n=[...names($('heat_s').value),'seed'];for(const id of ['heat_x','heat_y']){$(id).replaceChildren();option($(id),n)}$('heat_y').value=n[1]||n[0];heat()}
function heat(){
  const s=$('heat_s').value,x=$('heat_x').value,y=$('heat_y').value,of=(r,n)=>n==='seed'?String(r.seed):r.p[n];
  const mine=rows.filter(r=>r.s===s&&r.v!=='NOT_RUN'),values=n=>uniq(mine.map(r=>of(r,n)).filter(v=>v!==undefined)).sort(byNumber).slice(0,60),xs=values(x),ys=values(y);
  const table=el('table'),top=el('tr');top.append(el('th',y+' \\ '+x),...xs.map(v=>el('th',stem(v))));table.append(top);
  ys.forEach(b=>{const tr=el('tr');tr.append(el('th',stem(b)));xs.forEach(a=>{const c=mine.filter(r=>of(r,x)===a&&of(r,y)===b),p=c.filter(r=>r.v==='PASS').length,td=el('td',c.length?p+'/'+c.length:'');
    if(c.length){td.style.background='hsl('+Math.round(p/c.length*130)+' 55% 70%)';td.title=Math.round(100*p/c.length)+' % pass'}tr.append(td)});table.append(tr)});
  $('heat').replaceChildren(table);
}
const varied=uniq(rows.map(r=>r.s)).filter(s=>rows.filter(r=>r.s===s).length>1);
// First of all the one that shows most: two parameters with most of their combinations, and runs of both kinds.
const tells=s=>{const mine=rows.filter(r=>r.s===s),[x,y]=names(s),count=f=>uniq(mine.map(f)).length;
  return y===undefined?0:(count(r=>r.v==='PASS')>1?1:0)+count(r=>r.p[x]+' '+r.p[y])/(count(r=>r.p[x])*count(r=>r.p[y]))};
if(varied.length){option($('heat_s'),varied,short);$('heat_s').value=varied.reduce((a,b)=>tells(b)>tells(a)?b:a);$('heat_s').onchange=heatAxes;$('heat_x').onchange=$('heat_y').onchange=heat;heatAxes()}else $('heat').append(el('p','Every scenario ran once.','none'));

// Histogram of a metric or criterion.
const valueOf=(r,n)=>n.startsWith('criterion ')?(r.c&&r.c[n.slice(10)]||[])[0]:r.n[n];
const metrics=[...criteria.map(c=>'criterion '+c),...uniq(rows.flatMap(r=>Object.keys(r.n)))];
let chart;
function histogram(){
  const n=$('metric').value,good=[],bad=[];rows.forEach(r=>{const v=valueOf(r,n);if(typeof v==='number')(r.v==='PASS'?good:bad).push(v)});
  const all=[...good,...bad],low=all.reduce((a,b)=>Math.min(a,b),Infinity),high=all.reduce((a,b)=>Math.max(a,b),-Infinity);
  const bins=high>low?Math.min(30,Math.max(5,Math.ceil(Math.sqrt(all.length)))):1,width=(high-low)/bins||1;
  const fill=list=>{const h=Array(bins).fill(0);list.forEach(v=>h[Math.min(bins-1,Math.floor((v-low)/width))]++);return h};
  if(chart)chart.destroy();
  const old=n.startsWith('criterion ')&&DATA.baseline?DATA.baseline.criteria[n.slice(10)]||[]:[];
  const before=old.length?[{type:'line',label:'baseline',data:fill(old.filter(v=>v>=low&&v<=high)),stepped:'middle',pointRadius:0,borderColor:'#1c2733',borderWidth:1.5,stack:'baseline'}]:[];
  chart=new Chart($('histogram'),{type:'bar',data:{labels:Array.from({length:bins},(_,i)=>num(low+i*width)),datasets:[...before,{label:'PASS',data:fill(good),backgroundColor:'#1c8f4d'},{label:'other',data:fill(bad),backgroundColor:'#c8202a'}]},
    options:{animation:false,maintainAspectRatio:false,scales:{x:{stacked:true,title:{display:true,text:n}},y:{stacked:true,title:{display:true,text:'runs'}}}}});
}
if(metrics.length){option($('metric'),metrics);$('metric').onchange=histogram;histogram()}

// Criteria beside the baseline: what part of the runs that were judged by one passed.
const rates=of=>criteria.map(c=>of(c)).map(([p,n])=>n?100*p/n:null);
const now=c=>{const judged=rows.filter(r=>r.c&&r.c[c]);return [judged.filter(r=>r.c[c][2]==='PASS').length,judged.length]};
const before=c=>DATA.baseline.passed[c]||[0,0];
const sets=[{label:'this batch',of:now,data:rates(now),backgroundColor:'#1f6fd1'}];
if(DATA.baseline)sets.push({label:'baseline',of:before,data:rates(before),backgroundColor:'#8a97a8'});
new Chart($('criteria'),{type:'bar',data:{labels:criteria,datasets:sets},options:{animation:false,maintainAspectRatio:false,scales:{x:{ticks:{autoSkip:false}},y:{min:0,max:100,title:{display:true,text:'% of the runs'}}},
  plugins:{tooltip:{callbacks:{label:t=>{const [p,n]=t.dataset.of(criteria[t.dataIndex]);return t.dataset.label+': '+p+' of '+n}}}}}});

// Seeds.
head($('seeds'),['scenario','parameters','runs','pass rate','interval']);
$('seeds').tBodies[0].replaceChildren(...DATA.groups.slice(0,MAX).map(g=>{const tr=el('tr');[short(g.s),text(g.p),g.n,(100*g.passed/g.n).toFixed(1)+' %',(100*g.low).toFixed(1)+' to '+(100*g.high).toFixed(1)+' %'].forEach(v=>tr.append(el('td',v)));return tr}));

// Baseline.
if(DATA.baseline){
  const b=DATA.baseline;$('base').hidden=false;
  $('base_text').textContent=b.directory+': '+b.paired+' runs on both sides, '+b.same_bits+' with the same bits, '+b.newly_failing.length+' newly failing, '+b.newly_passing.length+' newly passing, '+b.moved.length+' metrics moved; '+b.only_now+' runs are new, '+b.only_before+' are gone.';
  head($('base_rows'),['change','run','metric','before','now']);
  const name=i=>short(rows[i].s)+' '+text(rows[i].p)+' seed '+rows[i].seed,line=(...v)=>{const tr=el('tr');v.forEach(x=>tr.append(el('td',x)));return tr};
  $('base_rows').tBodies[0].replaceChildren(...b.newly_failing.map(i=>line('newly failing',name(i),rows[i].m,'PASS',rows[i].v)),...b.newly_passing.map(i=>line('newly passing',name(i),'','',rows[i].v)),
    ...b.moved.slice(0,MAX).map(([i,m,x,y])=>line('moved',name(i),m,num(x),num(y))),...b.other_bits.slice(0,MAX).map(i=>line('other bits',name(i),'state_hash','',rows[i].h)));
}
document.body.dataset.ready='1';
)js";

}  // namespace bitgoeul::scenarios::batch
