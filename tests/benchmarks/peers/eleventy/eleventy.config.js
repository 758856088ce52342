// The same pages as the other peers make: the stories in pages of twenty, by topic and by tag.
const SIZE = 20;

function slug(name) {
  return name.toLowerCase().replaceAll(" ", "-");
}

function pagesOf(title, base, stories) {
  const of = Math.max(1, Math.ceil(stories.length / SIZE));
  const url = (number) => (number === 1 ? base : `${base}page/${number}/`);
  return Array.from({ length: of }, (_, index) => ({
    title,
    base,
    number: index + 1,
    of,
    permalink: `${url(index + 1)}index.html`,
    newer: `/${url(index)}`,
    older: `/${url(index + 2)}`,
    stories: stories.slice(index * SIZE, (index + 1) * SIZE),
  }));
}

function grouped(stories, names) {
  const found = new Map();
  for (const story of stories) {
    for (const name of names(story)) {
      found.set(name, [...(found.get(name) ?? []), story]);
    }
  }
  return found;
}

export default function (config) {
  config.addPassthroughCopy({ static: "theme" });
  config.addFilter("day", (date) => date.toISOString().slice(0, 10));
  const newest = (api) => api.getFilteredByTag("story").reverse();
  config.addCollection("newest", (api) => newest(api).slice(0, SIZE));
  config.addCollection("lists", (api) => {
    const stories = newest(api);
    const topics = grouped(stories, (story) => [story.data.topic]);
    const tags = grouped(stories, (story) => story.data.labels);
    return [
      ...pagesOf("Latest", "", stories),
      ...[...topics].flatMap(([name, found]) => pagesOf(name, `${slug(name)}/`, found)),
      ...[...tags].flatMap(([name, found]) => pagesOf(name, `tags/${slug(name)}/`, found)),
    ];
  });
  return { dir: { input: "content", includes: "../_includes", output: "_site" } };
}
