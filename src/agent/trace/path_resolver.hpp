// PathResolver: where paths lead once links and `..` are followed, each directory looked at once.
//
// Used after a task has ended: a link that it made and removed again is not seen.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

namespace vc::agent {

class PathResolver {
 public:
  // Absolute in, absolute out, without links, `.`, `..` and doubled slashes. Names that do not
  // exist stay as they are. `"/"` is "".
  std::string resolve(std::string_view path);
  // The same, but a link in the last place is not followed.
  std::string resolve_parent(std::string_view path);

  // Every link that was followed so far.
  const std::set<std::string>& links() const { return links_; }

 private:
  static constexpr int kLinksMax = 40;  // As the kernel; a circle leads nowhere.

  std::string resolve(std::string_view path, int links_left, bool follow_last);
  // `parent` is resolved.
  std::string follow(const std::string& parent, std::string_view name, int links_left);

  std::unordered_map<std::string, std::string> known_;  // Of `parent/name`.
  std::set<std::string> links_;
};

}  // namespace vc::agent
