#include "replay/mcap/rewrite.h"

#include <algorithm>
#include <map>
#include <utility>

#include "replay/file.h"
#include "replay/mcap/writer.h"

namespace bitgoeul::replay::mcap {
namespace {

// Channels and schemas of the old log in the new one: the same thing gets the same id, also when the old log gave it
// another in the meantime.
class Copier {
 public:
  explicit Copier(Writer& writer) : writer_(writer) {}

  sim::Result<void> message(const MessageView& view) { return message(view, view.message); }
  sim::Result<void> message(const MessageView& view, const Message& as) {
    return writer_.write(channel(view), as.log_time, as.publish_time, as.data, as.sequence);
  }

 private:
  std::uint16_t channel(const MessageView& view) {
    for (const auto& [old, now] : channels_)
      if (old.channel == view.channel && old.schema == (view.schema ? *view.schema : Schema{})) return now;
    const std::uint16_t schema = view.schema ? this->schema(*view.schema) : std::uint16_t{0};
    const std::uint16_t now =
        writer_.add_channel(schema, view.channel.topic, view.channel.message_encoding, view.channel.metadata);
    channels_.push_back({{view.channel, view.schema ? *view.schema : Schema{}}, now});
    std::rotate(channels_.begin(), channels_.end() - 1, channels_.end());
    return now;
  }
  std::uint16_t schema(const Schema& old) {
    for (const auto& [known, now] : schemas_)
      if (known == old) return now;
    schemas_.emplace_back(old, writer_.add_schema(old.name, old.encoding, old.data));
    return schemas_.back().second;
  }

  struct Key {
    Channel channel;
    Schema schema;
  };
  Writer& writer_;
  std::vector<std::pair<Key, std::uint16_t>> channels_;
  std::vector<std::pair<Schema, std::uint16_t>> schemas_;
};

StringPairs described(const SalvageReport& report, const std::string& from) {
  StringPairs entries{{"source", from}};
  for (std::size_t i = 0; i < report.losses.size(); ++i) {
    const Loss& loss = report.losses[i];
    std::string text = "bytes " + std::to_string(loss.begin) + " to " + std::to_string(loss.end) + ": " + loss.why;
    if (loss.from_ns || loss.to_ns)
      text += "; log times " + (loss.from_ns ? std::to_string(*loss.from_ns) : "?") + " to " +
              (loss.to_ns ? std::to_string(*loss.to_ns) : "?") + " ns";
    if (loss.messages) text += "; " + std::to_string(*loss.messages) + " messages";
    entries.emplace_back("loss " + std::to_string(i), std::move(text));
  }
  return entries;
}

bool within(const std::vector<std::pair<std::uint64_t, std::uint64_t>>& spans, std::uint64_t time_ns) {
  return spans.empty() || std::any_of(spans.begin(), spans.end(),
                                      [&](const auto& span) { return time_ns >= span.first && time_ns < span.second; });
}

std::string profile_of(const std::filesystem::path& from) {
  const auto reader = Reader::open(from);
  return reader ? reader->info().header.profile : std::string();
}

}  // namespace

sim::Result<SalvageReport> recover(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (same_file(from, to)) return sim::fail("input and output are the same file", to.string());
  NewFile output(to);
  WriterOptions options;
  options.profile = profile_of(from);
  auto writer = Writer::open(output.temporary(), options);
  if (!writer) return tl::unexpected(writer.error());
  Copier copier(*writer);
  SalvageSink sink;
  sink.message = [&](const MessageView& view) { return copier.message(view); };
  sink.attachment = [&](const AttachmentIndex& at, std::string_view data) {
    return writer->attach(at.name, at.media_type, at.log_time, data, at.create_time);
  };
  sink.metadata = [&](const Metadata& value) { return writer->metadata(value.name, value.entries); };
  auto report = salvage(from, sink);
  if (!report) return report;
  if (!report->losses.empty())
    if (auto noted = writer->metadata("bitgoeul:recovered", described(*report, from.string())); !noted)
      return tl::unexpected(noted.error());
  if (auto closed = writer->close(); !closed) return tl::unexpected(closed.error());
  if (auto done = output.keep(); !done) return tl::unexpected(done.error());
  return report;
}

sim::Result<CutReport> cut(const std::filesystem::path& from, const std::filesystem::path& to,
                           const CutOptions& options) {
  if (same_file(from, to)) return sim::fail("input and output are the same file", to.string());
  const auto reader = Reader::open(from);
  if (!reader) return tl::unexpected(reader.error());
  CutReport report;
  for (const std::string& topic : options.topics)
    if (std::none_of(reader->info().channels.begin(), reader->info().channels.end(),
                     [&](const auto& channel) { return channel.second.topic == topic; }))
      report.unknown_topics.push_back(topic);
  NewFile output(to);
  WriterOptions writing;
  writing.profile = reader->info().header.profile;
  auto writer = Writer::open(output.temporary(), writing);
  if (!writer) return tl::unexpected(writer.error());
  Copier copier(*writer);
  sim::Result<void> wrote;
  const bool chunked = !reader->info().chunks.empty();  // messages outside chunks are not in time order
  const auto read = reader->each_message(
      [&](const MessageView& view) {
        const auto& topics = options.topics;
        bool wanted = view.message.log_time >= options.start_ns && view.message.log_time < options.end_ns &&
                      within(options.spans, view.message.log_time) &&
                      (topics.empty() || std::find(topics.begin(), topics.end(), view.channel.topic) != topics.end());
        Message as = view.message;
        if (options.rewrite) {
          const auto word = options.rewrite(view, wanted, as);
          if (!word) wrote = tl::unexpected(word.error());
          wanted = word && *word;
        }
        ++(wanted ? report.kept : report.dropped);
        if (wanted) wrote = copier.message(view, as);
        return wrote.has_value();
      },
      chunked ? Order::kLogTime : Order::kFile);
  if (!read) return tl::unexpected(read.error());
  if (!wrote) return tl::unexpected(wrote.error());
  if (report.kept == 0)
    return sim::fail("nothing of the log lies in that part", from.string(), 0, {},
                     "`bitgoeul log info` shows its times and topics");
  if (auto closed = writer->close(); !closed) return tl::unexpected(closed.error());
  if (auto done = output.keep(); !done) return tl::unexpected(done.error());
  return report;
}

}  // namespace bitgoeul::replay::mcap
