// The XML wrapper: places, typed attributes, what nobody read, limits.
#include "maps/xml.h"

#include <doctest/doctest.h>

#include <fstream>

using namespace bitgoeul;
using maps::XmlDocument;
using maps::XmlElement;

namespace {

const char* kText =
    "<?xml version=\"1.0\"?>\n"
    "<shop>\n"
    "  <shelf id=\"a\"\r\n"
    "    height=\"1.5\" count=\"3\" open=\"true\" colour=\"red\">\n"
    "    <book title=\"x &amp; y\"/><book title=\"z\"/>\n"
    "    <note>one <![CDATA[<two>]]> </note>\n"
    "  </shelf>\n"
    "</shop>\n";

sim::Result<XmlDocument> parse(std::string_view text, sim::Issues& issues, const maps::XmlLimits& limits = {}) {
  return XmlDocument::load_text(text, "file.xml", issues, limits);
}

std::size_t count_rule(const sim::Issues& issues, const std::string& rule) {
  return static_cast<std::size_t>(
      std::count_if(issues.begin(), issues.end(), [&](const sim::Issue& i) { return i.rule == rule; }));
}

enum class Colour { kBlue, kRed };
constexpr maps::XmlWord<Colour> kColours[] = {{"blue", Colour::kBlue}, {"red", Colour::kRed}};

}  // namespace

TEST_CASE("elements know their line and column") {
  sim::Issues issues;
  auto document = parse(kText, issues);
  REQUIRE(document);
  const XmlElement shelf = document->root().child("shelf");
  CHECK(shelf.line() == 3);
  CHECK(shelf.column() == 3);
  const auto books = shelf.children("book");
  REQUIRE(books.size() == 2);
  CHECK(books[1].line() == 5);
  CHECK(books[1].column() == 30);
  CHECK(books[1].where() == "<shelf id=\"a\"><book>");
  CHECK(books[0].attribute("title") == "x & y");
  CHECK(shelf.child("note").text() == "one <two>");
  CHECK(!shelf.child("pen"));
  CHECK(shelf.parent() == document->root());
  CHECK(!document->root().parent());
}

TEST_CASE("typed attributes") {
  sim::Issues issues;
  auto document = parse(kText, issues);
  REQUIRE(document);
  const XmlElement shelf = document->root().child("shelf");
  double height = 0;
  std::int32_t count = 0;
  bool open = false;
  Colour colour = Colour::kBlue;
  CHECK(shelf.required("height", height));
  CHECK(height == 1.5);
  CHECK(shelf.required("count", count));
  CHECK(count == 3);
  CHECK(shelf.required("open", open));
  CHECK(open);
  CHECK(shelf.required<Colour>("colour", colour, kColours));
  CHECK(colour == Colour::kRed);
  CHECK_FALSE(shelf.optional("depth", height));
  CHECK(issues.empty());
  CHECK_FALSE(shelf.required("depth", height));
  REQUIRE(issues.size() == 1);
  CHECK(
      to_string(issues[0]) ==
      "file.xml:3:3: error: <shelf id=\"a\">: attribute \"depth\" is missing [attribute_required] (add the attribute)");
  CHECK(height == 1.5);
}

TEST_CASE("a wrong value is named with what is allowed") {
  sim::Issues issues;
  auto document = parse("<a x=\"ten\" y=\"1.5\" z=\"maybe\" c=\"green\"/>", issues);
  REQUIRE(document);
  double x = 7;
  std::int32_t y = 7;
  bool z = false;
  Colour c = Colour::kBlue;
  CHECK_FALSE(document->root().required("x", x));
  CHECK_FALSE(document->root().optional("y", y));
  CHECK_FALSE(document->root().required("z", z));
  CHECK_FALSE(document->root().required<Colour>("c", c, kColours));
  CHECK(x == 7);
  REQUIRE(issues.size() == 4);
  CHECK(issues[0].what.find("\"ten\"") != std::string::npos);
  CHECK(issues[1].severity == sim::Severity::kWarning);
  CHECK(issues[2].remedy.find("true, false") != std::string::npos);
  CHECK(issues[3].remedy == "allowed: blue, red");
}

TEST_CASE("numbers as XML Schema writes them") {
  CHECK(maps::parse_double(" +1.5e+1\n") == 15.0);
  CHECK(maps::parse_double("-.5") == -0.5);
  CHECK(maps::parse_double("1e-400") == 0.0);
  for (const char* bad :
       {"", " ", "nan", "NaN", "inf", "INF", "-inf", "1e400", "0x10", "1,5", "1.5m", "--1", "++1", "+-1"})
    CHECK_MESSAGE(!maps::parse_double(bad), std::string(bad));
  CHECK(maps::parse_int("+7") == 7);
  CHECK(maps::parse_int("-7 ") == -7);
  for (const char* bad : {"", "1.0", "99999999999", "abc", "+", "+-1"}) CHECK_MESSAGE(!maps::parse_int(bad), bad);
}

TEST_CASE("what nobody read is named once, with its number") {
  sim::Issues issues;
  auto document = parse("<a><b x=\"1\" colr=\"1\"/><b x=\"2\"/><c/><c><d/></c><shlf/></a>", issues);
  REQUIRE(document);
  for (XmlElement b : document->root().children("b")) (void)b.attribute("x");
  static constexpr std::string_view kElements[] = {"c", "shelf"};
  static constexpr std::string_view kAttributes[] = {"color"};
  document->finish({kElements, kAttributes});
  REQUIRE(issues.size() == 3);
  CHECK(issues[0].what == "ignored: <c> in <a> (2 times)");
  CHECK(issues[0].severity == sim::Severity::kInfo);
  CHECK(issues[1].what == "unknown, ignored: <shlf> in <a> (1 time)");
  CHECK(issues[1].severity == sim::Severity::kWarning);
  CHECK(issues[1].remedy == "did you mean \"shelf\"?");
  CHECK(issues[2].what == "unknown, ignored: attribute \"colr\" of <b> (1 time)");
  CHECK(issues[2].remedy == "did you mean \"color\"?");
}

TEST_CASE("issues of one rule are limited and summed up") {
  sim::Issues issues;
  std::string text = "<a>";
  for (int i = 0; i < 100; ++i) text += "<b/>";
  auto document = parse(text + "</a>", issues);
  REQUIRE(document);
  for (XmlElement b : document->root().children("b")) {
    b.error("is wrong", "wrong");
    b.info("is odd", "odd");
  }
  document->finish({});
  CHECK(count_rule(issues, "wrong") == maps::XmlLimits{}.max_issues_per_rule + 1);
  CHECK(issues.back().what == "and 80 more like these");
  CHECK(count_rule(issues, "odd") == 1);
  const auto odd = std::find_if(issues.begin(), issues.end(), [](const sim::Issue& i) { return i.rule == "odd"; });
  CHECK(odd->what == "is odd (100 times)");
}

TEST_CASE("broken XML is refused with place and reason") {
  sim::Issues issues;
  const auto document = parse("<a>\n  <b>\n</a>", issues);
  REQUIRE(!document);
  CHECK(document.error().line == 3);
  CHECK(document.error().what.find("not well-formed") != std::string::npos);
  for (const char* bad : {"", "   ", "text", "<a", "<a x=1/>", "<a/><b/>", "<!-- only a comment -->"})
    CHECK_MESSAGE(!parse(bad, issues), bad);
  CHECK(!parse(std::string_view("<a>\0</a>", 8), issues));
}

TEST_CASE("bombs are refused") {
  sim::Issues issues;
  maps::XmlLimits limits;
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "<a>";
  for (int i = 0; i < 100'000; ++i) deep += "</a>";
  const auto too_deep = parse(deep, issues, limits);
  REQUIRE(!too_deep);
  CHECK(too_deep.error().what == "elements are nested deeper than 64");
  limits.max_elements = 10;
  CHECK(!parse(deep, issues, limits));
  limits.max_bytes = 100;
  CHECK(!parse(deep, issues, limits));
  // Entities are not expanded, so this stays small.
  const auto laughs = parse(
      "<!DOCTYPE a [<!ENTITY x \"ha\"><!ENTITY y \"&x;&x;&x;&x;\">]>"
      "<a>&y;</a>",
      issues);
  REQUIRE(laughs);
  CHECK(laughs->root().text() == "&y;");
}

TEST_CASE("other encodings") {
  sim::Issues issues;
  auto latin = parse("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a n=\"\xE9\"/>", issues);
  REQUIRE(latin);
  CHECK(latin->root().attribute("n") == "\xC3\xA9");
  CHECK(issues.empty());
  auto korean = parse("<a n=\"\xEB\xB9\x9B\"/>", issues);
  REQUIRE(korean);
  CHECK(korean->root().attribute("n") == "\xEB\xB9\x9B");
  CHECK(issues.empty());
  auto damaged = parse("<a>\n<b n=\"x\xFF\xC0y\"/></a>", issues);
  REQUIRE(damaged);
  CHECK(damaged->root().child("b").attribute("n") == "x\xEF\xBF\xBD\xEF\xBF\xBDy");
  REQUIRE(count_rule(issues, "xml_encoding") == 1);
  CHECK(issues[0].line == 2);
}

TEST_CASE("files") {
  sim::Issues issues;
  CHECK(!XmlDocument::load_file("/no/such/file.xml", issues));
  CHECK(!XmlDocument::load_file("/", issues));
  CHECK(!XmlDocument::load_file("/dev/zero", issues));
}

TEST_CASE("the nearest name") {
  static constexpr std::string_view kNames[] = {"gwangju", "town01", "town05"};
  CHECK(maps::closest_name("gwanju", kNames) == "gwangju");
  CHECK(maps::closest_name("town02", kNames) == "town01");
  CHECK(!maps::closest_name("something else", kNames));
}
