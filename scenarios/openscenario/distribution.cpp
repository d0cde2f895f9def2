#include "scenarios/openscenario/distribution.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "maps/xml.h"
#include "scenarios/openscenario/schema.h"
#include "scenarios/openscenario/scope.h"
#include "sim/hash.h"
#include "sim/math.h"
#include "sim/random.h"

namespace bitgoeul::scenarios::openscenario {
namespace {

namespace fs = std::filesystem;

// Apart from the streams of a run (sim/random.h).
constexpr std::int64_t kTries = 10'000;  // to draw within a range

std::string text_of(double value) { return fmt::format("{}", std::round(value * 1e9) / 1e9); }

struct Bounds {
  double low = -std::numeric_limits<double>::infinity(), high = std::numeric_limits<double>::infinity();
  bool hold(double value) const { return low <= value && value <= high; }
};

class DistributionReader {
 public:
  explicit DistributionReader(Distribution& out) : out_(out) {}

  void read(const maps::XmlElement& element) {
    if (const auto deterministic = element.child("Deterministic")) read_deterministic(deterministic);
    if (const auto stochastic = element.child("Stochastic")) read_stochastic(stochastic);
  }

 private:
  std::string word(const maps::XmlElement& element, std::string_view name) const {
    return std::string(element.attribute(name).value_or(""));
  }
  double number(const maps::XmlElement& element, std::string_view name, double otherwise = 0) const {
    return maps::parse_double(element.attribute(name).value_or("")).value_or(otherwise);
  }
  void refuse(const maps::XmlElement& element) const {
    element.error(fmt::format("<{}> is not supported", element.name()), "unsupported",
                  "state the values as a distribution of the norm");
  }

  // Deterministic: every combination of all parameters (and sets of parameters).
  void read_deterministic(const maps::XmlElement& element) {
    out_.sets = {{}};
    for (const maps::XmlElement& child : element.children()) {
      child.mark_read();
      if (child.name() == "DeterministicMultiParameterDistribution")
        multiply(child, value_sets(child.child("ValueSetDistribution")));
      else
        multiply(child, single_values(child));
    }
  }
  std::vector<ParameterValues> value_sets(const maps::XmlElement& element) const {
    std::vector<ParameterValues> sets;
    for (const maps::XmlElement& set : element.children("ParameterValueSet")) {
      sets.emplace_back();
      for (const maps::XmlElement& item : set.children("ParameterAssignment"))
        sets.back().emplace_back(word(item, "parameterRef"), word(item, "value"));
    }
    return sets;
  }
  std::vector<ParameterValues> single_values(const maps::XmlElement& element) const {
    const std::string name = word(element, "parameterName");
    std::vector<ParameterValues> sets;
    for (const maps::XmlElement& item : element.child("DistributionSet").children("Element"))
      sets.push_back({{name, word(item, "value")}});
    if (const auto range = element.child("DistributionRange")) {
      const Bounds bounds = bounds_of(range);
      const double step = number(range, "stepWidth"), steps = std::floor((bounds.high - bounds.low) / step + 1e-9);
      if (!(step > 0) || !(steps >= 0) || steps >= static_cast<double>(kMaxSets))
        range.error("the range gives no values", "distribution", "stepWidth > 0, lowerLimit <= upperLimit");
      else
        for (double i = 0; i <= steps; ++i) sets.push_back({{name, text_of(bounds.low + i * step)}});
    }
    if (const auto own = element.child("UserDefinedDistribution")) refuse(own);
    return sets;
  }
  void multiply(const maps::XmlElement& element, const std::vector<ParameterValues>& values) {
    if (out_.sets.size() * values.size() > kMaxSets) {
      element.error(fmt::format("the file asks for more than {} runs", kMaxSets), "distribution", "take fewer values");
      out_.sets.clear();
      return;
    }
    std::vector<ParameterValues> next;
    for (const ParameterValues& base : out_.sets)
      for (const ParameterValues& set : values) {
        next.push_back(base);
        next.back().insert(next.back().end(), set.begin(), set.end());
      }
    out_.sets = std::move(next);
  }

  // Stochastic: each parameter is drawn on its own, in every run.
  void read_stochastic(const maps::XmlElement& element) {
    const double runs = number(element, "numberOfTestRuns");
    if (runs > static_cast<double>(kMaxSets)) {
      element.error(fmt::format("the file asks for more than {} runs", kMaxSets), "distribution", "ask for fewer");
      return;
    }
    out_.sets.resize(static_cast<std::size_t>(std::max(runs, 0.0)));
    seed_ = sim::hash_text(fmt::format("{}", number(element, "randomSeed"))).low;
    for (const maps::XmlElement& item : element.children("StochasticDistribution")) {
      for (std::size_t run = 0; run < out_.sets.size(); ++run)
        if (const auto value = draw(item, static_cast<std::int64_t>(run)))
          out_.sets[run].emplace_back(word(item, "parameterName"), *value);
      ++parameter_;
    }
  }

  std::int64_t step(std::int64_t run, std::int64_t attempt) const { return run + (attempt << 32); }
  double uniform(std::int64_t run, std::int64_t attempt = 0) const {
    return sim::uniform(seed_, parameter_, step(run, attempt), sim::Stream::kDistribution);
  }
  double normal(std::int64_t run, std::int64_t attempt) const {
    return sim::normal(seed_, parameter_, step(run, attempt), sim::Stream::kDistribution);
  }

  std::optional<std::string> draw(const maps::XmlElement& item, std::int64_t run) const {
    if (const auto set = item.child("ProbabilityDistributionSet")) {
      const auto elements = set.children("Element");
      return word(elements[pick(set, elements, uniform(run))], "value");
    }
    if (const auto range = item.child("UniformDistribution")) {
      const Bounds b = bounds_of(range);
      return text_of(b.low + (b.high - b.low) * uniform(run));
    }
    if (const auto histogram = item.child("Histogram")) {
      const auto bins = histogram.children("Bin");
      const Bounds b = bounds_of(bins[pick(histogram, bins, uniform(run))]);
      return text_of(b.low + (b.high - b.low) * uniform(run, 1));
    }
    if (const auto gauss = item.child("NormalDistribution")) {
      const double mean = number(gauss, "expectedValue"), sigma = std::sqrt(std::max(number(gauss, "variance"), 0.0));
      return within(gauss, [&](std::int64_t i) { return mean + sigma * normal(run, i); });
    }
    if (const auto logs = item.child("LogNormalDistribution")) return draw_log_normal(logs, run);
    if (const auto counts = item.child("PoissonDistribution"))
      return within(counts, [&](std::int64_t i) { return poisson(number(counts, "expectedValue"), run, i); });
    if (run == 0) refuse(item.first_child() ? item.first_child() : item);
    return {};
  }

  // Expected value and variance are those of the values, not of their logarithms.
  std::string draw_log_normal(const maps::XmlElement& element, std::int64_t run) const {
    const double mean = std::max(number(element, "expectedValue"), 1e-12);
    const double spread = sim::log(1 + std::max(number(element, "variance"), 0.0) / (mean * mean));
    const double middle = sim::log(mean) - 0.5 * spread;
    return within(element, [&](std::int64_t i) { return sim::exp(middle + std::sqrt(spread) * normal(run, i)); });
  }

  // Sums of parts of at most 500, each found along its cumulative distribution.
  double poisson(double mean, std::int64_t run, std::int64_t attempt) const {
    double count = 0;
    for (std::int64_t part = 0; mean > 0 && part < 1000; ++part, mean -= 500) {
      const double lambda = std::min(mean, 500.0), u = uniform(run, attempt + (part << 16));
      double p = sim::exp(-lambda), sum = p;
      int k = 0;
      while (sum < u && k < 5000) p *= lambda / ++k, sum += p;
      count += k;
    }
    return count;
  }

  // Drawn again until it lies within the range; a range that holds next to nothing takes its nearer end.
  template <class F>
  std::string within(const maps::XmlElement& element, F&& drawn) const {
    const Bounds bounds = bounds_of(element);
    double value = 0;
    for (std::int64_t i = 0; i < kTries; ++i)
      if (value = drawn(i); bounds.hold(value)) return text_of(value);
    return text_of(std::clamp(value, bounds.low, bounds.high));
  }

  std::size_t pick(const maps::XmlElement& element, const std::vector<maps::XmlElement>& items, double u) const {
    double sum = 0;
    for (const maps::XmlElement& item : items) sum += std::max(number(item, "weight"), 0.0);
    if (sum <= 0) element.error("no weight is above 0", "distribution", "give weights");
    double left = u * sum;
    for (std::size_t i = 0; i < items.size(); ++i) {
      left -= std::max(number(items[i], "weight"), 0.0);
      if (left < 0) return i;
    }
    return items.size() - 1;
  }

  Bounds bounds_of(const maps::XmlElement& element) const {
    Bounds out;
    const auto range = element.child("Range");
    if (!range) return out;
    out.low = number(range, "lowerLimit", out.low);
    out.high = number(range, "upperLimit", out.high);
    if (out.low > out.high) {
      range.error("lowerLimit is above upperLimit", "distribution");
      out = {out.low, out.low};
    }
    return out;
  }

  Distribution& out_;
  std::uint64_t seed_ = 1;
  std::uint32_t parameter_ = 0;
};

}  // namespace

bool is_distribution(const fs::path& file) {
  sim::Issues ignored;
  const auto document = maps::XmlDocument::load_file(file, ignored);
  return document && document->root().child("ParameterValueDistribution");
}

sim::Result<Distribution> read_distribution(const fs::path& file, sim::Issues& issues) {
  const auto document = maps::XmlDocument::load_file(file, issues);
  if (!document) return tl::unexpected(document.error());
  const maps::XmlElement root = document->root(), element = root.child("ParameterValueDistribution");
  if (!element)
    return sim::fail("the file holds no <ParameterValueDistribution>", file.string(), root.line(), root.where(),
                     "give a parameter value distribution of OpenSCENARIO 1.1 to 1.3");
  const std::size_t known = issues.size();
  Catalogs catalogs(file.parent_path(), issues);
  Scopes scopes(catalogs);
  check_schema(scopes, root, "OpenSCENARIO");
  Distribution out;
  for (std::size_t i = known; i < issues.size(); ++i)
    if (issues[i].severity == sim::Severity::kError) return out;
  const maps::XmlElement named = element.child("ScenarioFile");
  const auto path = resolve_path(file.parent_path(), named.attribute("filepath").value_or(""));
  if (!path)
    named.error(path.error().what, path.error().rule, path.error().remedy);
  else
    out.scenario = path->lexically_normal().string();
  DistributionReader(out).read(element);
  return out;
}

}  // namespace bitgoeul::scenarios::openscenario
