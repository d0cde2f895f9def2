// The 416 published MCAP conformance files, made from the specification by code of the test's own, padded variants
// included, so that reader and writer are measured against something that is neither. A name says what a file holds:
// base and features, `OneMessage-ch-mx-pad.mcap`. Thread rule: pure.
#pragma once

#include <cstdint>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/replay/mcap_oracle.h"

namespace oracle {

struct Variant {
  std::string base;
  std::set<std::string> features;
  bool has(const char* feature) const { return features.contains(feature); }
  bool has_messages() const { return base.ends_with("Message") || base == "TenMessages"; }
  std::vector<std::uint64_t> log_times() const {
    if (base == "TenMessages") return {0, 2, 1, 3, 3, 5, 4, 7, 8, 9};
    return has_messages() ? std::vector<std::uint64_t>{2} : std::vector<std::uint64_t>{};
  }
};

inline Variant parse_name(std::string name) {
  name.resize(name.size() - std::string(".mcap").size());
  std::istringstream in(name);
  Variant variant;
  std::getline(in, variant.base, '-');
  for (std::string feature; std::getline(in, feature, '-');) variant.features.insert(feature);
  return variant;
}

inline std::string le(std::uint64_t value, int size) {
  std::string out;
  for (int i = 0; i < size; ++i) out += static_cast<char>(value >> (8 * i));
  return out;
}
inline std::string text(std::string_view s) { return le(s.size(), 4) + std::string(s); }
inline std::string list(std::string_view packed) { return le(packed.size(), 4) + std::string(packed); }

class Generator {
 public:
  explicit Generator(const Variant& variant) : v_(variant), pad_(variant.has("pad")) {}

  std::string make() {
    out_.assign("\x89MCAP0\r\n", 8);
    out_ += record(0x01, text("") + text(""));
    const std::string records = data_records();
    if (!v_.has("ch")) out_ += records;
    if (v_.base == "OneAttachment") add_attachment();
    if (v_.base == "OneMetadata") add_metadata();
    if (v_.has("ch")) add_chunk(records);
    out_ += record(0x0F, le(crc32(out_), 4), false);
    add_summary();
    return out_ + std::string("\x89MCAP0\r\n", 8);
  }

 private:
  std::string record(std::uint8_t op, std::string content, bool extensible = true) const {
    if (pad_ && extensible) content += "\x01\xFF\xFF";
    return std::string(1, static_cast<char>(op)) + le(content.size(), 8) + content;
  }

  bool with_schema() const { return v_.has_messages() && v_.base != "OneSchemalessMessage"; }
  std::string schema() const { return le(1, 2) + text("Example") + text("c") + list("\x04\x05\x06"); }
  std::string channel() const {
    return with_schema() ? le(1, 2) + le(1, 2) + text("example") + text("a") + list(text("foo") + text("bar"))
                         : le(1, 2) + le(0, 2) + text("example") + text("text") + list("");
  }

  std::string data_records() {
    if (!v_.has_messages()) return {};
    const bool loose = !v_.has("ch");  // records in a chunk are never padded
    std::string out;
    if (with_schema()) out += record(0x03, schema(), loose);
    out += record(0x04, channel(), loose);
    std::uint32_t sequence = v_.base == "TenMessages" ? 0 : 10;
    for (const std::uint64_t time : v_.log_times()) {
      places_.emplace_back(time, out.size());
      const std::uint64_t publish = v_.base == "TenMessages" ? time : 1;
      out += record(0x05, le(1, 2) + le(sequence++, 4) + le(time, 8) + le(publish, 8) + "\x01\x02\x03", false);
    }
    return out;
  }

  void add_attachment() {
    std::string content =
        le(2, 8) + le(1, 8) + text("myFile") + text("application/octet-stream") + le(3, 8) + "\x01\x02\x03";
    content += le(crc32(content), 4);
    const std::string whole = record(0x09, content);
    index_ = record(0x0A, le(out_.size(), 8) + le(whole.size(), 8) + le(2, 8) + le(1, 8) + le(3, 8) + text("myFile") +
                              text("application/octet-stream"));
    out_ += whole;
  }

  void add_metadata() {
    const std::string whole = record(0x0C, text("myMetadata") + list(text("foo") + text("bar")));
    index_ = record(0x0D, le(out_.size(), 8) + le(whole.size(), 8) + text("myMetadata"));
    out_ += whole;
  }

  std::pair<std::uint64_t, std::uint64_t> span() const {
    const auto times = v_.log_times();
    return times.empty() ? std::pair<std::uint64_t, std::uint64_t>{0, 0}
                         : std::pair(v_.base == "TenMessages" ? 0 : times.front(), times.back());
  }

  void add_chunk(const std::string& payload) {
    const auto [first, last] = span();
    const std::uint64_t start = out_.size();
    const std::string times = le(first, 8) + le(last, 8);
    out_ +=
        record(0x06, times + le(payload.size(), 8) + le(crc32(payload), 4) + text("") + le(payload.size(), 8) + payload,
               false);
    const std::uint64_t length = out_.size() - start, index_start = out_.size();
    std::string offsets;
    if (v_.has("mx") && v_.has_messages()) {
      std::string entries;
      for (const auto& [time, offset] : places_) entries += le(time, 8) + le(offset, 8);
      offsets = le(1, 2) + le(out_.size(), 8);
      out_ += record(0x07, le(1, 2) + list(entries));
    }
    chunk_index_ =
        record(0x08, times + le(start, 8) + le(length, 8) + list(offsets) + le(out_.size() - index_start, 8) +
                         text("") + le(payload.size(), 8) + le(payload.size(), 8));
  }

  std::string statistics() const {
    const auto [first, last] = span();
    const std::uint64_t messages = v_.log_times().size();
    return le(messages, 8) + le(with_schema(), 2) + le(v_.has_messages(), 4) + le(v_.base == "OneAttachment", 4) +
           le(v_.base == "OneMetadata", 4) + le(v_.has("ch"), 4) + le(first, 8) + le(last, 8) +
           list(messages > 0 ? le(1, 2) + le(messages, 8) : "");
  }

  void add_summary() {
    const std::uint64_t start = out_.size();
    std::string offsets;
    const auto group = [&](std::uint8_t op, const std::string& bytes) {
      if (bytes.empty()) return;
      offsets += record(0x0E, le(op, 1) + le(out_.size(), 8) + le(bytes.size(), 8));
      out_ += bytes;
    };
    if (v_.has("rsh") && with_schema()) group(0x03, record(0x03, schema()));
    if (v_.has("rch") && v_.has_messages()) group(0x04, record(0x04, channel()));
    if (v_.has("st")) group(0x0B, record(0x0B, statistics()));
    if (v_.has("mdx")) group(0x0D, index_);
    if (v_.has("ax")) group(0x0A, index_);
    if (v_.has("chx")) group(0x08, chunk_index_);
    const std::uint64_t summary = out_.size() > start ? start : 0;
    const std::uint64_t offset_start = v_.has("sum") && !offsets.empty() ? out_.size() : 0;
    if (offset_start != 0) out_ += offsets;
    out_ += std::string(1, '\x02') + le(20, 8) + le(summary, 8) + le(offset_start, 8);
    out_ += le(crc32(std::string_view(out_).substr(start)), 4);
  }

  const Variant& v_;
  bool pad_;
  std::string out_, index_, chunk_index_;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> places_;  // log time, offset in the chunk's payload
};

}  // namespace oracle
