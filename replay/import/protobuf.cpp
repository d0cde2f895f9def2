// Messages of any Protobuf type, decoded by the descriptors that stand in the log.
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/dynamic_message.h>

#include <map>

#include "replay/import/decoder.h"

namespace bitgoeul::replay::import {
namespace {

namespace pb = google::protobuf;

// Keeps the library from printing.
struct Quiet final : pb::DescriptorPool::ErrorCollector {
  std::string first;
  void AddError(const std::string& file, const std::string& element, const pb::Message*, ErrorLocation,
                const std::string& message) override {
    if (first.empty()) first = file + ": " + element + ": " + message;
  }
};

class ProtobufDecoder final : public Decoder {
 public:
  ProtobufDecoder() = default;
  explicit ProtobufDecoder(const pb::Descriptor& type) : type_(&type) { prototype_ = factory_.GetPrototype(type_); }

  sim::Result<void> build(const MessageType& wanted) {
    pb::FileDescriptorSet set;
    if (!set.ParseFromString(wanted.schema)) return sim::fail("the descriptors of " + wanted.name + " are damaged");
    // Dependencies first, in whatever order they stand.
    std::vector<bool> done(static_cast<std::size_t>(set.file_size()));
    for (bool again = true; again;) {
      again = false;
      for (int i = 0; i < set.file_size(); ++i) {
        if (done[static_cast<std::size_t>(i)] || !dependencies_are_there(set.file(i))) continue;
        Quiet quiet;
        if (pool_.FindFileByName(set.file(i).name()) == nullptr &&
            pool_.BuildFileCollectingErrors(set.file(i), &quiet) == nullptr)
          return sim::fail("the descriptors of " + wanted.name + " do not fit together: " + quiet.first);
        done[static_cast<std::size_t>(i)] = again = true;
      }
    }
    type_ = pool_.FindMessageTypeByName(wanted.name);
    if (type_ == nullptr) return sim::fail("the descriptors in the log do not hold " + wanted.name);
    prototype_ = factory_.GetPrototype(type_);
    return {};
  }

  sim::Result<Value> decode(std::string_view message) override {
    message_.reset(prototype_->New());
    if (!message_->ParsePartialFromArray(message.data(), static_cast<int>(message.size())))
      return sim::fail("a message of " + type_->full_name() + " is damaged");
    values_ = Budget{}.values;
    Value value;
    if (!record(*message_, Budget{}.depth, value))
      return sim::fail("a message of " + type_->full_name() + " has too many values or is nested too deeply");
    return value;
  }

 private:
  bool dependencies_are_there(const pb::FileDescriptorProto& file) const {
    for (const std::string& name : file.dependency())
      if (pool_.FindFileByName(name) == nullptr) return false;
    return true;
  }

  const std::vector<std::string>& names_of(const pb::Descriptor& type) {
    auto [names, is_new] = names_.try_emplace(type.full_name());
    if (is_new)
      for (int i = 0; i < type.field_count(); ++i) names->second.push_back(type.field(i)->name());
    return names->second;
  }

  bool record(const pb::Message& message, int depth, Value& out) {
    if (depth <= 0 || values_ == 0) return false;
    const pb::Descriptor& type = *message.GetDescriptor();
    const pb::Reflection& look = *message.GetReflection();
    out.kind = Value::Kind::kRecord;
    out.names = &names_of(type);
    out.items.resize(static_cast<std::size_t>(type.field_count()));
    for (int i = 0; i < type.field_count(); ++i) {
      const pb::FieldDescriptor& field = *type.field(i);
      Value& value = out.items[static_cast<std::size_t>(i)];
      if (field.is_repeated()) {
        if (!list(message, look, field, depth, value)) return false;
      } else if (field.has_presence() ? look.HasField(message, &field) : true) {
        if (!one(message, look, field, -1, depth, value)) return false;
      }
    }
    return true;
  }

  bool list(const pb::Message& message, const pb::Reflection& look, const pb::FieldDescriptor& field, int depth,
            Value& out) {
    const int size = look.FieldSize(message, &field);
    const auto type = field.cpp_type();
    const bool numbers = type != pb::FieldDescriptor::CPPTYPE_MESSAGE && type != pb::FieldDescriptor::CPPTYPE_STRING;
    out.kind = numbers ? Value::Kind::kNumbers : Value::Kind::kList;
    for (int i = 0; i < size; ++i) {
      Value value;
      if (!one(message, look, field, i, depth, value)) return false;
      if (numbers) out.numbers.push_back(value.real);
      if (!numbers) out.items.push_back(std::move(value));
    }
    return true;
  }

  // index -1: a field that is not repeated.
  bool one(const pb::Message& m, const pb::Reflection& look, const pb::FieldDescriptor& f, int index, int depth,
           Value& out) {
    using F = pb::FieldDescriptor;
    const bool many = index >= 0;
    if (f.cpp_type() == F::CPPTYPE_MESSAGE) {
      if (values_ == 0) return false;
      --values_;
      return record(many ? look.GetRepeatedMessage(m, &f, index) : look.GetMessage(m, &f), depth - 1, out);
    }
    switch (f.cpp_type()) {
      case F::CPPTYPE_INT32:
        out = Value::of(std::int64_t{many ? look.GetRepeatedInt32(m, &f, index) : look.GetInt32(m, &f)});
        break;
      case F::CPPTYPE_INT64:
        out = Value::of(std::int64_t{many ? look.GetRepeatedInt64(m, &f, index) : look.GetInt64(m, &f)});
        break;
      case F::CPPTYPE_UINT32:
        out = Value::of(std::int64_t{many ? look.GetRepeatedUInt32(m, &f, index) : look.GetUInt32(m, &f)});
        break;
      case F::CPPTYPE_UINT64:
        out = Value::of(static_cast<std::int64_t>(many ? look.GetRepeatedUInt64(m, &f, index) : look.GetUInt64(m, &f)));
        break;
      case F::CPPTYPE_DOUBLE:
        out = Value::of(many ? look.GetRepeatedDouble(m, &f, index) : look.GetDouble(m, &f));
        break;
      case F::CPPTYPE_FLOAT:
        out = Value::of(static_cast<double>(many ? look.GetRepeatedFloat(m, &f, index) : look.GetFloat(m, &f)));
        break;
      case F::CPPTYPE_BOOL:
        out = Value::of(std::int64_t{many ? look.GetRepeatedBool(m, &f, index) : look.GetBool(m, &f)});
        break;
      case F::CPPTYPE_ENUM:
        out = Value::of(std::int64_t{many ? look.GetRepeatedEnumValue(m, &f, index) : look.GetEnumValue(m, &f)});
        break;
      default:
        out = Value::of(std::string_view(many ? look.GetRepeatedStringReference(m, &f, index, &scratch_)
                                              : look.GetStringReference(m, &f, &scratch_)));
    }
    return true;
  }

  pb::DescriptorPool pool_;
  pb::DynamicMessageFactory factory_;
  const pb::Descriptor* type_ = nullptr;
  const pb::Message* prototype_ = nullptr;
  std::unique_ptr<pb::Message> message_;
  std::map<std::string, std::vector<std::string>> names_;
  std::string scratch_;
  std::size_t values_ = 0;
};

}  // namespace

sim::Result<DecoderPtr> make_protobuf_decoder(const MessageType& type) {
  auto decoder = std::make_unique<ProtobufDecoder>();
  if (auto built = decoder->build(type); !built) return tl::unexpected(built.error());
  return decoder;
}

DecoderPtr make_protobuf_decoder(const pb::Descriptor& type) { return std::make_unique<ProtobufDecoder>(type); }

}  // namespace bitgoeul::replay::import
