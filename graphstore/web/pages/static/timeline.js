// What served where, from when to when: a bar a deployment, a row a target.
(() => {
  const box = document.getElementById("timeline");
  const data = JSON.parse(document.getElementById("timeline-data").textContent);
  const now = Date.parse(data.now);
  const bars = data.bars.map((bar) => ({ ...bar, from: Date.parse(bar.from), to: bar.to ? Date.parse(bar.to) : Math.max(now, Date.parse(bar.from)) }));
  const targets = [...new Set(bars.map((bar) => bar.target))];
  const short = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
  const when = (time) => new Date(time).toISOString().slice(0, 19).replace("T", " ");
  box.style.height = `${Math.min(30, 6 + targets.length * 2.6)}rem`;
  const chart = echarts.init(box, null, { renderer: "svg" });
  const draw = () => {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name).trim();
    const ink = colour("--pico-color"), line = colour("--pico-muted-border-color");
    chart.setOption({
      animation: false,
      grid: { left: 8, right: 16, top: 8, bottom: 44, containLabel: true },
      tooltip: { renderMode: "richText", formatter: ({ data: { bar } }) => [short(bar.model, 80), `at ${short(bar.target, 80)}`, `from ${when(bar.from)} UTC`, bar.live ? "live" : `until ${when(bar.to)} UTC`, bar.actor ? `by ${short(String(bar.actor), 60)}` : "", bar.reason ? short(String(bar.reason), 80) : ""].filter(Boolean).join("\n") },
      xAxis: { type: "time", axisLabel: { color: ink, hideOverlap: true }, axisLine: { lineStyle: { color: line } }, splitLine: { show: true, lineStyle: { color: line } } },
      yAxis: { type: "category", data: targets, inverse: true, axisLabel: { color: ink, formatter: (text) => short(text, box.clientWidth < 600 ? 14 : 40) }, axisLine: { lineStyle: { color: line } }, axisTick: { show: false } },
      dataZoom: [{ type: "inside", filterMode: "none" }, { type: "slider", height: 18, bottom: 6, filterMode: "none", labelFormatter: "", textStyle: { color: ink } }],
      series: [{
        type: "custom",
        encode: { x: [1, 2], y: 0 },
        data: bars.map((bar) => ({ value: [targets.indexOf(bar.target), bar.from, bar.to], bar })),
        renderItem: (params, api) => {
          const [left, y] = api.coord([api.value(1), api.value(0)]);
          const right = api.coord([api.value(2), api.value(0)])[0];
          const height = Math.min(22, api.size([0, 1])[1] * 0.7);
          const bar = bars[params.dataIndex];
          const area = params.coordSys;
          const shape = echarts.graphic.clipRectByRect({ x: left, y: y - height / 2, width: Math.max(3, right - left), height }, { x: area.x, y: area.y, width: area.width, height: area.height });
          return shape && {
            type: "rect", shape, cursor: "pointer",
            style: { fill: colour(bar.live ? "--good" : "--pico-muted-color"), opacity: bar.live ? 1 : 0.6, stroke: colour("--pico-background-color"), lineWidth: 1 },
            textContent: { style: { text: shape.width > 60 ? short(bar.model, Math.floor(shape.width / 8)) : "", fill: colour("--pico-background-color"), fontSize: 11 } },
            textConfig: { position: "insideLeft" },
          };
        },
      }],
    }, true);
  };
  draw();
  const asOf = new URLSearchParams(location.search).get("as_of");
  chart.on("click", ({ data: { bar } }) => { location.href = `/${bar.ref}${asOf ? `?as_of=${encodeURIComponent(asOf)}` : ""}`; });
  document.addEventListener("graphstore:theme", draw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  addEventListener("resize", () => { chart.resize(); draw(); });
})();
