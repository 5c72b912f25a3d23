#include "agent/prune/go_work.hpp"

#include "agent/native/go_files.hpp"
#include "agent/native/native_files.hpp"

#include <algorithm>
#include <set>

namespace vc::agent {

Result<std::string> prune_go_work(std::string_view text,
                                  const std::vector<std::string>& directories) {
  const auto parsed = parse_go_file(text, "go.work");
  if (!parsed) {
    return fail(Errc::invalid, parsed.error().message);
  }
  std::set<int> dropped;  // Lines, from 1. A line is one folder.
  for (const GoFolder& use : parsed->uses) {
    const auto folder = folder_within("", use.path);
    if (!folder || std::ranges::find(directories, *folder) == directories.end()) {
      dropped.insert(use.at.line);
    }
  }
  std::string out;
  int number = 1;
  for (std::size_t at = 0; at < text.size(); ++number) {
    const std::size_t end = std::min(text.find('\n', at), text.size() - 1) + 1;
    if (!dropped.contains(number)) {
      out += text.substr(at, end - at);
    }
    at = end;
  }
  return out;
}

}  // namespace vc::agent
