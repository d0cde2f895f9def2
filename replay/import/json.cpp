// JSON messages as Values.
#include <deque>
#include <nlohmann/json.hpp>

#include "replay/import/decoder.h"

namespace bitgoeul::replay::import {
namespace {

class JsonDecoder final : public Decoder, public nlohmann::json_sax<nlohmann::json> {
 public:
  sim::Result<Value> decode(std::string_view message) override {
    names_.clear();
    texts_.clear();
    open_.clear();
    values_ = Budget{}.values;
    why_ = "is no JSON";
    root_ = {};
    if (!nlohmann::json::sax_parse(message.begin(), message.end(), this)) return sim::fail("a JSON message " + why_);
    return std::move(root_);
  }

  bool null() override { return put({}) != nullptr; }
  bool boolean(bool value) override { return put(Value::of(std::int64_t{value})) != nullptr; }
  bool number_integer(std::int64_t value) override { return put(Value::of(value)) != nullptr; }
  bool number_unsigned(std::uint64_t value) override {
    return put(Value::of(static_cast<std::int64_t>(value))) != nullptr;
  }
  bool number_float(double value, const std::string&) override { return put(Value::of(value)) != nullptr; }
  bool string(std::string& value) override {
    texts_.push_back(std::move(value));
    return put(Value::of(std::string_view(texts_.back()))) != nullptr;
  }
  bool binary(nlohmann::json::binary_t&) override { return false; }
  bool start_object(std::size_t) override {
    names_.emplace_back();
    Value value;
    value.kind = Value::Kind::kRecord;
    value.names = &names_.back();
    return begin(std::move(value), &names_.back());
  }
  bool key(std::string& name) override {
    open_.back().names->push_back(std::move(name));
    return true;
  }
  bool end_object() override { return end(); }
  bool start_array(std::size_t) override {
    Value value;
    value.kind = Value::Kind::kList;
    return begin(std::move(value), nullptr);
  }
  bool end_array() override { return end(); }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception&) override {
    why_ = "is no JSON from byte " + std::to_string(position) + " on";
    return false;
  }

 private:
  struct Open {
    Value value;
    std::vector<std::string>* names;
  };

  Value* put(Value value) {
    if (values_ == 0) {
      why_ = "has too many values";
      return nullptr;
    }
    --values_;
    Value& slot = open_.empty() ? root_ : open_.back().value.items.emplace_back();
    slot = std::move(value);
    return &slot;
  }

  bool begin(Value value, std::vector<std::string>* names) {
    open_.push_back({std::move(value), names});
    if (open_.size() <= static_cast<std::size_t>(Budget{}.depth)) return true;
    why_ = "is nested too deeply";
    return false;
  }

  bool end() {
    Value value = std::move(open_.back().value);
    open_.pop_back();
    bool numbers = value.kind == Value::Kind::kList && !value.items.empty();
    for (const Value& item : value.items)
      numbers = numbers && (item.kind == Value::Kind::kInt || item.kind == Value::Kind::kDouble);
    if (numbers) {
      value.kind = Value::Kind::kNumbers;
      for (const Value& item : value.items) value.numbers.push_back(item.real);
      value.items.clear();
    }
    return put(std::move(value)) != nullptr;
  }

  std::deque<std::vector<std::string>> names_;
  std::deque<std::string> texts_;
  std::vector<Open> open_;
  Value root_;
  std::string why_;
  std::size_t values_ = 0;
};

}  // namespace

DecoderPtr make_json_decoder() { return std::make_unique<JsonDecoder>(); }

sim::Result<DecoderPtr> make_decoder(const MessageType& type) {
  if (type.encoding == "cdr" || type.encoding == "ros1") return make_ros_decoder(type);
  if (type.encoding == "protobuf") return make_protobuf_decoder(type);
  if (type.encoding == "json") return make_json_decoder();
  return sim::fail("messages in the encoding '" + type.encoding + "' are not read");
}

}  // namespace bitgoeul::replay::import
