#include "agent/trace/findings.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

namespace vc::agent {

namespace {

constexpr std::array<std::string_view, 7> kKindNames{
    "dependency_output", "read", "written", "removed", "listed", "checked", "absent"};

std::string parent_directory(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

// "a/node_modules" of "a/node_modules/b/c"; nullopt when no part of the path has that name.
std::optional<std::string> up_to(const std::string& path, std::string_view name) {
  std::size_t start = 0;
  while (start <= path.size()) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    if (std::string_view(path).substr(start, end - start) == name) {
      return path.substr(0, end);
    }
    start = end + 1;
  }
  return std::nullopt;
}

class Classifier {
 public:
  Classifier(const std::vector<Access>& accesses, const Coverage& coverage)
      : accesses_(accesses), coverage_(coverage) {
    for (const Access& access : accesses) {
      if (access.touches.has(Touch::written) && !access.existed_before) {
        note_new(access);
      }
    }
  }

  std::vector<Finding> run() {
    for (const Access& access : accesses_) {
      classify(access);
    }
    std::vector<Finding> out;
    out.reserve(findings_.size());
    for (auto& [key, finding] : findings_) {
      out.push_back(std::move(finding));
    }
    return out;
  }

 private:
  void note_new(const Access& access) {
    if (access.is_directory) {
      own_directories_.insert(access.path);
    }
    std::string above = access.exists_after ? parent_directory(access.path) : "";
    while (!above.empty() && filled_.insert(above).second) {
      above = parent_directory(above);
    }
  }

  void classify(const Access& access) {
    const auto has = [&](Touch touch) { return access.touches.has(touch); };
    if (access.path == ".velocity" || access.path.starts_with(".velocity/")) {
      return;  // Ours.
    }
    const bool changed = has(Touch::written) || has(Touch::removed);
    if (changed && !access.existed_before && !access.exists_after) {
      return;  // A temporary file.
    }
    if (const auto git = up_to(access.path, ".git")) {
      if (has(Touch::read) || has(Touch::listed)) {
        add(FindingKind::read, *git + "/");
      }
      return;
    }
    if (changed) {
      classify_change(access);
    }
    if (const auto modules = up_to(access.path, "node_modules")) {
      if (!coverage_.has_lockfile() && has(Touch::read)) {
        add(FindingKind::read, *modules + "/");
      }
      return;
    }
    if (!coverage_.is_own_output(access.path) && !is_below_own_directory(access.path)) {
      classify_reading(access);
    }
  }

  void classify_change(const Access& access) {
    if (coverage_.is_own_output(access.path)) {
      return;
    }
    if (access.is_directory && access.exists_after) {
      // One that leads to outputs, or whose content is told of, is not worth a word of its own.
      if (!access.existed_before && !coverage_.may_hold_own_outputs(access.path) &&
          !filled_.contains(access.path)) {
        add_written(access.path + "/", access.path);
      }
      return;
    }
    if (!access.exists_after) {
      add(FindingKind::removed, access.path);
    } else {
      add_written(access.path, access.path);
    }
  }

  void classify_reading(const Access& access) {
    if (access.touches.has(Touch::listed) && !coverage_.is_listing_covered(access.path)) {
      add(FindingKind::listed, access.path.empty() ? "./" : access.path + "/");
    }
    if (access.is_directory && access.exists_after) {
      return;  // That a directory exists follows from what is in it.
    }
    if (access.touches.has(Touch::read) && access.existed_before && !access.wrote_first) {
      return classify_content(access.path, FindingKind::read);
    }
    if (access.touches.has(Touch::looked) && access.existed_before && access.exists_after &&
        !access.touches.has(Touch::written)) {
      return classify_content(access.path, FindingKind::checked);
    }
    if (access.touches.has(Touch::missed) && !access.exists_after && !access.existed_before) {
      classify_absence(access);
    }
  }

  void classify_content(const std::string& path, FindingKind kind) {
    if (coverage_.is_input(path) || coverage_.is_dependency_output(path)) {
      return;
    }
    if (const auto maker = coverage_.maker_of(path)) {
      Finding& finding = add(FindingKind::dependency_output, path);
      finding.task = *maker;
      return;
    }
    add(kind, path);
  }

  void classify_absence(const Access& access) {
    if (coverage_.would_be_input(access.path) || coverage_.is_dependency_output(access.path)) {
      return;
    }
    add(FindingKind::absent,
        access.absent_directory.empty() ? access.path : access.absent_directory + "/");
  }

  bool is_below_own_directory(const std::string& path) const {
    for (std::string above = path; !above.empty(); above = parent_directory(above)) {
      if (own_directories_.contains(above)) {
        return true;
      }
    }
    return false;
  }

  Finding& add(FindingKind kind, const std::string& path) {
    const auto [at, is_new] = findings_.try_emplace(std::pair(kind, path));
    if (is_new) {
      at->second.kind = kind;
      at->second.path = path;
    } else {
      ++at->second.count;
    }
    return at->second;
  }

  void add_written(const std::string& shown, const std::string& path) {
    Finding& finding = add(FindingKind::written, shown);
    for (std::string above = path; !above.empty(); above = parent_directory(above)) {
      if (own_directories_.contains(above)) {
        finding.created = above;
      }
    }
  }

  const std::vector<Access>& accesses_;
  const Coverage& coverage_;
  std::set<std::string> own_directories_;  // Made by the task.
  std::set<std::string> filled_;           // Directories with something new that stayed.
  std::map<std::pair<FindingKind, std::string>, Finding> findings_;
};

}  // namespace

std::string_view name_of(FindingKind kind) {
  return kKindNames[static_cast<std::size_t>(kind)];
}

std::optional<FindingKind> finding_kind_of(std::string_view name) {
  const auto found = std::ranges::find(kKindNames, name);
  return found == kKindNames.end()
             ? std::nullopt
             : std::optional(static_cast<FindingKind>(found - kKindNames.begin()));
}

std::vector<Finding> find_uncovered(const std::vector<Access>& accesses, const Coverage& coverage) {
  return Classifier(accesses, coverage).run();
}

}  // namespace vc::agent
