// Parameter value distributions: every combination, and draws whose moments are those that the file states.
#include "scenarios/openscenario/distribution.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <set>

using namespace bitgoeul;
using namespace bitgoeul::scenarios::openscenario;

namespace {

struct File {
  std::filesystem::path path;
  explicit File(const std::string& body) {
    std::string name = (std::filesystem::temp_directory_path() / "bitgoeul_dist_XXXXXX").string();
    const int handle = mkstemp(name.data());
    REQUIRE(handle >= 0);
    close(handle);
    path = name;
    std::ofstream(path) << "<?xml version=\"1.0\"?><OpenSCENARIO><FileHeader revMajor=\"1\" revMinor=\"3\" "
                           "date=\"2026-01-01T00:00:00\" description=\"d\" author=\"a\"/><ParameterValueDistribution>"
                           "<ScenarioFile filepath=\"base.xosc\"/>"
                        << body << "</ParameterValueDistribution></OpenSCENARIO>";
  }
  ~File() { std::filesystem::remove(path); }
  Distribution read() const {
    sim::Issues issues;
    const auto out = read_distribution(path, issues);
    for (const sim::Issue& issue : issues) {
      INFO(sim::to_string(issue));
      CHECK(issue.severity != sim::Severity::kError);
    }
    REQUIRE(out.has_value());
    return *out;
  }
};

std::string stochastic(int runs, int seed, const std::string& of) {
  return "<Stochastic numberOfTestRuns=\"" + std::to_string(runs) + "\" randomSeed=\"" + std::to_string(seed) +
         "\"><StochasticDistribution parameterName=\"p\">" + of + "</StochasticDistribution></Stochastic>";
}

std::vector<double> drawn(const std::string& of, int runs = 4000, int seed = 1) {
  std::vector<double> values;
  for (const ParameterValues& set : File(stochastic(runs, seed, of)).read().sets) {
    REQUIRE(set.size() == 1);
    CHECK(set[0].first == "p");
    values.push_back(std::stod(set[0].second));
  }
  return values;
}

void check_moments(const std::vector<double>& values, double mean, double variance) {
  double sum = 0, squares = 0;
  for (const double v : values) sum += v;
  const double n = static_cast<double>(values.size()), found = sum / n;
  for (const double v : values) squares += (v - found) * (v - found);
  CHECK(std::abs(found - mean) < 4 * std::sqrt(variance / n));  // four standard errors
  CHECK(squares / (n - 1) == doctest::Approx(variance).epsilon(0.15));
}

}  // namespace

TEST_CASE("distributions: deterministic ones are crossed, the last running fastest") {
  const File file(
      "<Deterministic><DeterministicSingleParameterDistribution parameterName=\"v\"><DistributionRange "
      "stepWidth=\"0.1\"><Range lowerLimit=\"1\" upperLimit=\"1.3\"/></DistributionRange>"
      "</DeterministicSingleParameterDistribution><DeterministicMultiParameterDistribution><ValueSetDistribution>"
      "<ParameterValueSet><ParameterAssignment parameterRef=\"a\" value=\"x\"/><ParameterAssignment parameterRef=\"b\" "
      "value=\"1\"/></ParameterValueSet><ParameterValueSet><ParameterAssignment parameterRef=\"a\" value=\"y\"/>"
      "</ParameterValueSet></ValueSetDistribution></DeterministicMultiParameterDistribution>"
      "<DeterministicSingleParameterDistribution parameterName=\"w\"><DistributionSet><Element value=\"on\"/>"
      "</DistributionSet></DeterministicSingleParameterDistribution></Deterministic>");
  CHECK(is_distribution(file.path));
  const Distribution out = file.read();
  CHECK(out.scenario == (file.path.parent_path() / "base.xosc").string());
  REQUIRE(out.sets.size() == 8);  // 4 steps x 2 sets x 1
  CHECK(out.sets[0] == ParameterValues{{"v", "1"}, {"a", "x"}, {"b", "1"}, {"w", "on"}});
  CHECK(out.sets[1] == ParameterValues{{"v", "1"}, {"a", "y"}, {"w", "on"}});
  CHECK(out.sets[7] == ParameterValues{{"v", "1.3"}, {"a", "y"}, {"w", "on"}});
}

TEST_CASE("distributions: stochastic ones have the moments that the file states") {
  check_moments(drawn("<NormalDistribution expectedValue=\"20\" variance=\"9\"/>"), 20, 9);
  check_moments(drawn("<UniformDistribution><Range lowerLimit=\"2\" upperLimit=\"8\"/></UniformDistribution>"), 5, 3);
  check_moments(drawn("<LogNormalDistribution expectedValue=\"3\" variance=\"0.5\"/>"), 3, 0.5);
  check_moments(drawn("<PoissonDistribution expectedValue=\"4\"/>"), 4, 4);
  check_moments(drawn("<PoissonDistribution expectedValue=\"1200\"/>"), 1200, 1200);
  // 1/4 in [0, 1), 3/4 in [2, 4): mean 0.125 + 2.25, second moment 1/12 + 3/4 (9 + 1/3).
  check_moments(drawn("<Histogram><Bin weight=\"1\"><Range lowerLimit=\"0\" upperLimit=\"1\"/></Bin><Bin weight=\"3\">"
                      "<Range lowerLimit=\"2\" upperLimit=\"4\"/></Bin></Histogram>"),
                2.375, 1.0 / 12 + 0.75 * (9 + 1.0 / 3) - 2.375 * 2.375);
  check_moments(drawn("<ProbabilityDistributionSet><Element value=\"1\" weight=\"1\"/><Element value=\"5\" "
                      "weight=\"3\"/></ProbabilityDistributionSet>"),
                4, 3);
  // Cut to a range: nothing outside, and symmetric about the mean.
  const auto cut = drawn(
      "<NormalDistribution expectedValue=\"0\" variance=\"4\"><Range lowerLimit=\"-1\" upperLimit=\"1\"/>"
      "</NormalDistribution>");
  CHECK(*std::min_element(cut.begin(), cut.end()) >= -1);
  CHECK(*std::max_element(cut.begin(), cut.end()) <= 1);
}

TEST_CASE("distributions: the seed of the file decides, parameters are drawn apart") {
  const std::string gauss = "<NormalDistribution expectedValue=\"0\" variance=\"1\"/>";
  CHECK(drawn(gauss, 50, 1) == drawn(gauss, 50, 1));
  CHECK(drawn(gauss, 50, 1) != drawn(gauss, 50, 2));
  const auto more = drawn(gauss, 100, 1), fewer = drawn(gauss, 50, 1);
  CHECK(std::equal(fewer.begin(), fewer.end(), more.begin()));
  const File two("<Stochastic numberOfTestRuns=\"20\" randomSeed=\"3\"><StochasticDistribution parameterName=\"p\">" +
                 gauss + "</StochasticDistribution><StochasticDistribution parameterName=\"q\">" + gauss +
                 "</StochasticDistribution></Stochastic>");
  for (const ParameterValues& set : two.read().sets) {
    REQUIRE(set.size() == 2);
    CHECK(set[0].second != set[1].second);
  }
}

TEST_CASE("distributions: what cannot be drawn is refused with its place") {
  sim::Issues issues;
  const File own(stochastic(3, 1, "<UserDefinedDistribution type=\"mine\">x</UserDefinedDistribution>"));
  REQUIRE(read_distribution(own.path, issues).has_value());
  REQUIRE(issues.size() == 1);
  CHECK(issues[0].rule == "unsupported");
  CHECK(issues[0].line == 1);
  issues.clear();
  const File range(
      "<Deterministic><DeterministicSingleParameterDistribution parameterName=\"v\"><DistributionRange "
      "stepWidth=\"0\"><Range lowerLimit=\"1\" upperLimit=\"2\"/></DistributionRange>"
      "</DeterministicSingleParameterDistribution></Deterministic>");
  REQUIRE(read_distribution(range.path, issues).has_value());
  CHECK(sim::has_errors(issues));
  issues.clear();
  const File typo("<Stochastic numberOfTestRun=\"1\"/>");
  REQUIRE(read_distribution(typo.path, issues).has_value());
  CHECK(sim::has_errors(issues));
  CHECK_FALSE(read_distribution("/nowhere.xosc", issues).has_value());
  CHECK_FALSE(is_distribution("/nowhere.xosc"));
}
