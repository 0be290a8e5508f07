// Charts. An element [data-chart] is drawn from the JSON in the script after it; a table beside it says the same.
(() => {
  const drawn = new Set();
  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const base = () => ({
    textStyle: { fontFamily: "inherit", color: color("--pico-color") },
    animation: false,
    tooltip: { renderMode: "richText", confine: true, backgroundColor: color("--pico-card-background-color"), textStyle: { color: color("--pico-color"), fontSize: 12 }, borderColor: color("--pico-muted-border-color") },
    color: ["#2f7ed8", "#e07b39", "#3fa46a", "#c4508f", "#8a6fd1", "#b89b2d", "#45a5b8", "#d05656", "#7d8a3a", "#8c6d5a"],
  });
  const axis = (more) => ({
    nameTextStyle: { color: color("--pico-muted-color") }, axisLabel: { color: color("--pico-muted-color"), hideOverlap: true },
    axisLine: { lineStyle: { color: color("--pico-muted-border-color") } }, splitLine: { lineStyle: { color: color("--pico-muted-border-color"), opacity: 0.5 } }, ...more,
  });

  const kinds = {
    curves(facts) {
      const many = facts.curves.length > 12;
      return {
        ...base(),
        legend: many ? undefined : { type: "scroll", bottom: 0, textStyle: { color: color("--pico-color") }, itemHeight: 8 },
        grid: { left: 8, right: 16, top: 16, bottom: many ? 8 : 34, containLabel: true },
        tooltip: { ...base().tooltip, trigger: many ? "item" : "axis" },
        xAxis: axis({ type: "value", min: "dataMin", max: "dataMax", splitLine: { show: false } }),
        yAxis: axis({ type: "value", scale: true }),
        series: facts.curves.map((one) => ({
          type: "line", name: `${one.id} ${one.name}`, data: one.points, showSymbol: one.points.length < 3, symbolSize: 5,
          lineStyle: { width: many ? 1 : 1.6, opacity: many ? 0.45 : 1 }, sampling: "minmax", emphasis: { focus: many ? "series" : "none" },
        })),
      };
    },
  };

  // A line for each of them through the axes; coloured by where it is on the last axis of numbers.
  kinds.parallel = (facts) => {
    const many = facts.lines.length > 10;
    const last = facts.axes.map((axis) => axis.type).lastIndexOf("value");
    const known = last < 0 ? [] : facts.lines.map((line) => line.values[last]).filter((value) => value !== null);
    return {
      ...base(),
      tooltip: { ...base().tooltip, trigger: "item" },
      parallel: { left: 60, right: 80, top: 46, bottom: many && known.length ? 50 : 26, axisExpandable: false, parallelAxisDefault: axis({}) },
      parallelAxis: facts.axes.map((one, dim) => axis({
        dim, name: one.name.length > 22 ? `…${one.name.slice(-21)}` : one.name, type: one.type, data: one.names, scale: true,
        nameRotate: facts.axes.length > 6 ? 12 : 0, nameTextStyle: { color: color(one.group === "metric" ? "--pico-primary" : "--pico-color") },
        axisLabel: { color: color("--pico-muted-color"), formatter: (value) => (typeof value === "number" ? +value.toPrecision(3) : String(value).slice(0, 14)) },
      })),
      visualMap: many && known.length ? { type: "continuous", dimension: last, min: Math.min(...known), max: Math.max(...known), orient: "horizontal", left: "center", bottom: 0, itemHeight: 160, itemWidth: 10, text: [facts.axes[last].name, ""], textStyle: { color: color("--pico-color") }, inRange: { color: ["#3b6fb6", "#59b3a3", "#e3c44a", "#d2543c"] } } : undefined,
      series: many
        ? [{ type: "parallel", lineStyle: { width: 1.2, opacity: 0.6 }, data: facts.lines.map((line) => ({ name: `${line.id} ${line.name}`, value: line.values })) }]
        : facts.lines.map((line) => ({ type: "parallel", name: `${line.id} ${line.name}`, lineStyle: { width: 2 }, data: [{ name: `${line.id} ${line.name}`, value: line.values }] })),
    };
  };

  const draw = (element) => {
    if (echarts.getInstanceByDom(element)) return;
    const facts = JSON.parse(element.nextElementSibling.textContent);
    const chart = echarts.init(element, null, { renderer: "canvas" });
    const option = () => chart.setOption(kinds[element.dataset.chart](facts), true);
    option();
    drawn.add({ element, chart, option });
    element.dataset.drawn = "";
  };
  const drawAll = () => {
    for (const one of drawn) if (!one.element.isConnected) { one.chart.dispose(); drawn.delete(one); }
    document.querySelectorAll("[data-chart]").forEach(draw);
  };
  document.addEventListener("graphstore:theme", () => drawn.forEach((one) => one.option()));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawn.forEach((one) => one.option()));
  addEventListener("resize", () => drawn.forEach((one) => one.chart.resize()));
  document.addEventListener("htmx:afterSettle", drawAll);
  drawAll();
})();
