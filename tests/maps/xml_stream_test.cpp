// Reading an XML file piece by piece: the same elements, places and errors as of the whole document.
#include "maps/xml_stream.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace bitgoeul;
using maps::XmlElement;

namespace {

struct Seen {
  std::vector<std::string> elements;  // line, column, text of each child of the root
  sim::Issues issues;
  std::string error;  // line, column, what
};

std::string place_of(int line, int column) { return std::to_string(line) + ":" + std::to_string(column) + " "; }

void look(const XmlElement& element, Seen& seen) {
  seen.elements.push_back(place_of(element.line(), element.column()) + element.xml());
  for (const XmlElement& inner : element.children("tag")) {
    seen.elements.push_back(place_of(inner.line(), inner.column()));
    double number = 0;
    inner.required("v", number);
  }
}

constexpr std::string_view kKnown[] = {"version"};

Seen by_stream(const std::string& text, std::size_t part, std::size_t longest = std::size_t{4} << 20) {
  Seen seen;
  std::size_t at = 0;
  const auto source = [&](char* to, std::size_t most) -> sim::Result<std::size_t> {
    const std::size_t n = std::min({part, most, text.size() - at});
    std::copy_n(text.begin() + static_cast<std::ptrdiff_t>(at), n, to);
    at += n;
    return n;
  };
  const maps::XmlVocabulary vocabulary{{}, kKnown};
  const auto read = maps::stream_xml(source, "x", {"osm", &vocabulary, longest}, seen.issues, [&](const XmlElement& e) {
    e.mark_read();
    look(e, seen);
  });
  if (!read) seen.error = place_of(read.error().line, read.error().column) + read.error().what;
  return seen;
}

Seen by_document(const std::string& text) {
  Seen seen;
  auto document = maps::XmlDocument::load_text(text, "x", seen.issues);
  if (!document) {
    seen.error = place_of(document.error().line, document.error().column) + document.error().what;
    return seen;
  }
  const XmlElement root = document->root();
  for (const XmlElement& e : root.children()) e.mark_read(), look(e, seen);
  document->finish({{}, kKnown});
  return seen;
}

std::vector<std::string> lines_of(const sim::Issues& issues) {
  std::vector<std::string> lines;
  for (const sim::Issue& issue : issues) lines.push_back(sim::to_string(issue));
  return lines;
}

// Some megabytes with all that can stand between and inside of children.
std::string rich_text() {
  std::string text =
      "<?xml version=\"1.0\"?>\n<!DOCTYPE osm [ <!ELEMENT a ANY> ]>\n<!-- <osm> -->\n<osm version='0.6'\n x=\"1\">";
  for (int i = 0; i < 12'000; ++i) {
    const std::string n = std::to_string(i);
    text += i % 3 == 0 ? "\n  " : "";
    text += "<node id=\"" + n + "\" note=\"a > b\"/><!-- <way> " + n + " -->";
    text += "<way id='" + n + "\n'><tag k='>' v=\"" + (i % 5000 == 7 ? "much" : n) + "\"/><![CDATA[</way>]]></way >";
    text += i % 2 == 0 ? "<?note <a> ?>\n" : " some text ";
    if (i % 4000 == 11) text += "<other><inner/></other>" + std::string(300'000, ' ');
  }
  return text + "\n</osm>\n<!-- end -->\n";
}

}  // namespace

TEST_CASE("an XML file read piece by piece gives what the whole document gives") {
  const std::string text = rich_text();
  const Seen whole = by_document(text);
  REQUIRE(whole.elements.size() > 36'000);
  CHECK(whole.error.empty());
  CHECK(whole.issues.size() > 3);
  for (const std::size_t part : {std::size_t{1} << 30, std::size_t{10'007}, std::size_t{64}}) {
    const Seen pieces = by_stream(text, part);
    CHECK(pieces.error.empty());
    CHECK(pieces.elements == whole.elements);
    CHECK(lines_of(pieces.issues) == lines_of(whole.issues));
  }
}

TEST_CASE("a damaged XML file read piece by piece is refused at the same place as the whole document") {
  const std::string text = rich_text();
  const auto same = [](const std::string& damaged) {
    const Seen whole = by_document(damaged), pieces = by_stream(damaged, 1 << 16);
    CHECK(!whole.error.empty());
    CHECK(pieces.error == whole.error);
  };
  const auto put = [&](std::size_t at, std::size_t size, const char* with) {
    return text.substr(0, at) + with + text.substr(at + size);
  };
  for (const double share : {0.0, 0.00001, 0.1, 0.37, 0.5, 0.81, 0.999}) {
    CAPTURE(share);
    const auto at = static_cast<std::size_t>(share * static_cast<double>(text.size()));
    same(text.substr(0, at));
    const std::size_t way = text.find("<way id", at);
    if (way == text.npos) continue;
    same(put(way, 4, "<wax"));
    same(put(text.find("/>", way), 2, " >"));
    same(put(text.find('\'', way), 1, " "));
    std::string zero = text;
    zero[way + 2] = '\0';
    same(zero);
  }
  same(text + "<osm/>");
  same("<osm/><osm/>");
  same("<osm></osm></osm>");
  same("text");
  same("");
}

TEST_CASE("an XML stream has bounds: length of a child, depth, encodings, the root's name") {
  const auto refused = [](const std::string& text, const std::string& part) {
    const Seen seen = by_stream(text, 1 << 16, 1'000'000);
    CHECK_MESSAGE(seen.error.find(part) != seen.error.npos, seen.error);
  };
  const std::string long_text(1'500'000, ' ');
  refused("<osm>\n<node/><way>" + long_text + "</way></osm>", "longer than 0 MB");
  refused("<osm><way a=\"" + long_text + "\"/></osm>", "longer than");
  refused("<osm/>" + long_text, "longer than");
  refused(long_text + "<osm/>", "longer than");
  std::string deep = "<osm>\n";
  for (int i = 0; i < 500'000; ++i) deep += "<a>";
  refused(deep, "2:0 elements are nested deeper than 64");
  refused(std::string("\xFF\xFE<\0o\0", 6), "UTF-16");
  refused("<xml/>", "the root element is <xml>, not <osm>");
  CHECK(by_stream("<osm>" + long_text + "<node/></osm>", 1 << 16, 1'000'000).elements.size() == 1);
  const std::string latin =
      "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><osm><way name=\"Stra\xDF"
      "e\"/></osm>";
  const Seen seen = by_stream(latin, 1 << 16);
  REQUIRE(seen.elements.size() == 1);
  CHECK(seen.elements[0].find("Stra\xC3\x9F"
                              "e") != std::string::npos);
}
