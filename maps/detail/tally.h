// Tally: repairs, ignored layers, columns and codes of a source file, counted, and reported once per kind when the
// reader is done. Made by the NGII and Lanelet2 readers. Kinds come out in the order of (file, what). Single thread.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "sim/result.h"

namespace bitgoeul::maps::detail {

class Tally {
 public:
  // `where` of the first case stands for all of them; `line` is the record's number in its layer (from 1), 0 = none.
  void add(sim::Severity severity, const std::string& file, const std::string& what, const std::string& where = {},
           int line = 0, const std::string& remedy = {}, int count = 1);
  int count(const std::string& what) const;  // of that kind, over all files
  void flush(sim::Issues& issues);           // "12 times: what"

 private:
  struct Kind {
    sim::Issue issue;
    int count = 0;
  };
  std::map<std::pair<std::string, std::string>, Kind> kinds_;
};

}  // namespace bitgoeul::maps::detail
