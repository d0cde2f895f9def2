// rosbag2 in SQLite (.db3). Messages without definitions (before ROS 2 Iron) are decoded by the table of known types.
#include <sqlite3.h>

#include <map>

#include "replay/import/messages.h"

namespace bitgoeul::replay::import {
namespace {

struct Statement {
  sqlite3_stmt* raw = nullptr;
  Statement(sqlite3* database, const char* sql) { sqlite3_prepare_v2(database, sql, -1, &raw, nullptr); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement() { sqlite3_finalize(raw); }
  bool step() { return raw != nullptr && sqlite3_step(raw) == SQLITE_ROW; }
  std::int64_t integer(int column) { return sqlite3_column_int64(raw, column); }
  std::string text(int column) { return std::string(bytes(column)); }
  std::string_view bytes(int column) {
    const auto* data = static_cast<const char*>(sqlite3_column_blob(raw, column));
    return data == nullptr ? std::string_view()
                           : std::string_view(data, static_cast<std::size_t>(sqlite3_column_bytes(raw, column)));
  }
};

class Database final : public Source {
 public:
  Database(sqlite3* database, const std::filesystem::path& path, const Rules& rules)
      : database_(database), file_(path.string()), topics_(rules) {
    description_.format = "rosbag2 sqlite3";
    FileInfo file{.path = file_, .format = "rosbag2 sqlite3"};
    std::error_code ignored;
    file.bytes = std::filesystem::file_size(path, ignored);
    description_.files.push_back(std::move(file));
  }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database() override {
    rows_.reset();
    sqlite3_close(database_);
  }

  sim::Result<void> start() {
    sqlite3_limit(database_, SQLITE_LIMIT_LENGTH, 256 << 20);
    std::map<std::string, std::pair<std::string, std::string>> definitions;  // by type
    for (Statement s(database_, "SELECT topic_type, encoding, encoded_message_definition FROM message_definitions");
         s.step();)
      definitions[s.text(0)] = {s.text(1), s.text(2)};
    Statement topics(database_, "SELECT id, name, type, serialization_format FROM topics ORDER BY id");
    if (topics.raw == nullptr)
      return sim::fail(std::string("is no rosbag2 database: ") + sqlite3_errmsg(database_), file_);
    while (topics.step()) {
      const std::string type = topics.text(2);
      const auto& [encoding, text] = definitions[type];
      topic_of_[topics.integer(0)] = topics_.add(description_, topics.text(1), {type, topics.text(3), encoding, text});
    }
    bool any = false;
    Statement counts(database_,
                     "SELECT topic_id, COUNT(*), MIN(timestamp), MAX(timestamp) FROM messages GROUP BY topic_id");
    while (counts.step()) {
      const auto topic = topic_of_.find(counts.integer(0));
      if (topic == topic_of_.end()) continue;
      TopicInfo& info = description_.topics[topic->second];
      info.count = static_cast<std::uint64_t>(counts.integer(1));
      info.start_ns = counts.integer(2);
      info.end_ns = counts.integer(3);
      description_.start_ns = any ? std::min(description_.start_ns, info.start_ns) : info.start_ns;
      description_.end_ns = any ? std::max(description_.end_ns, info.end_ns) : info.end_ns;
      any = true;
    }
    description_.time_base = description_.start_ns > 300'000'000'000'000'000 ? "unix" : "as in the log";
    note_damage();
    return seek(description_.start_ns);
  }

  const Description& description() const override { return description_; }
  void select(const std::vector<TopicRole>& roles) override { topics_.select(roles); }

  sim::Result<void> seek(std::int64_t time_ns) override {
    rows_ = std::make_unique<Statement>(
        database_, "SELECT topic_id, timestamp, data FROM messages WHERE timestamp >= ?1 ORDER BY timestamp, id");
    if (rows_->raw == nullptr) {
      note_damage();
      return {};
    }
    sqlite3_bind_int64(rows_->raw, 1, time_ns);
    return {};
  }

  sim::Result<bool> next(Item& item) override {
    while (rows_ != nullptr && rows_->step()) {
      const auto topic = topic_of_.find(rows_->integer(0));
      item.time_ns = rows_->integer(1);
      if (topic != topic_of_.end() && topics_.take(description_, topic->second, rows_->bytes(2), item)) return true;
    }
    note_damage();
    rows_.reset();  // a statement that has ended begins anew when asked again
    return false;
  }

 private:
  void note_damage() {
    const int code = sqlite3_errcode(database_);
    FileInfo& file = description_.files.front();
    if (code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW || !file.complete) return;
    const std::string why = sqlite3_errmsg(database_);
    if (why.find("message_definitions") != std::string::npos) return;  // older files have no such table
    file.complete = false;
    file.why_not_complete = "SQLite: " + why;
    description_.issues.push_back({.severity = sim::Severity::kWarning, .file = file_, .what = file.why_not_complete});
  }

  sqlite3* database_;
  std::string file_;
  MessageTopics topics_;
  Description description_;
  std::map<std::int64_t, std::uint32_t> topic_of_;
  std::unique_ptr<Statement> rows_;
};

}  // namespace

bool is_rosbag2_sqlite(const std::filesystem::path& path) { return first_bytes(path, 15) == "SQLite format 3"; }

sim::Result<std::unique_ptr<Source>> open_rosbag2_sqlite(const std::filesystem::path& path, const Rules& rules) {
  sqlite3* raw = nullptr;
  // Immutable: a log on a read-only disk, or beside a journal, opens too.
  std::string uri = "file:";
  for (const char c : std::filesystem::absolute(path).string()) {
    if (c == '?' || c == '#' || c == '%')
      uri += c == '?' ? "%3f" : c == '#' ? "%23" : "%25";
    else
      uri += c;
  }
  uri += "?immutable=1";
  const int code = sqlite3_open_v2(uri.c_str(), &raw, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, nullptr);
  auto database = std::make_unique<Database>(raw, path, rules);
  if (code != SQLITE_OK) return sim::fail(std::string("SQLite: ") + sqlite3_errmsg(raw), path.string());
  if (auto started = database->start(); !started) return tl::unexpected(started.error());
  return database;
}

}  // namespace bitgoeul::replay::import
