#include "agent/fingerprint/package_walk.hpp"

#include "agent/fingerprint/known_configuration.hpp"
#include "core/fd.hpp"

#include <climits>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <numeric>
#include <utility>

namespace vc::agent {

namespace {

constexpr std::string_view kNodeModules = "node_modules";

// git's own and ours: never sources, whatever a pattern says.
bool never_counts(std::string_view name) {
  return name == ".git" || name == ".velocity";
}

bool is_in_node_modules(std::string_view path) {
  return path.starts_with("node_modules/") || path.contains("/node_modules/");
}

// Where `path` stands in a sorted list; its size when it is not there.
std::size_t index_in(const std::vector<std::string>& sorted, std::string_view path) {
  const auto found = std::ranges::lower_bound(sorted, path);
  return static_cast<std::size_t>((found == sorted.end() || *found != path ? sorted.end() : found) -
                                  sorted.begin());
}

bool is_gone(int error_number) {
  return error_number == ENOENT || error_number == ENOTDIR || error_number == ELOOP;
}

}  // namespace

PackageWalk::PackageWalk(const InputScanner& scanner, int root_fd, ScanRequest request,
                         const FileIndex& index, DirectoryListing& scratch)
    : scanner_(scanner),
      root_fd_(root_fd),
      index_(index),
      listing_(scratch),
      package_(scanner.find(request.directory)),
      path_(scanner.repository_.prefix() + request.directory),
      result_{.request = {}, .table = InputTable(request.directory)} {
  result_.request = std::move(request);
  result_.certain_files.resize(result_.request.certain_files.size());
  if (path_.ends_with('/')) {
    path_.pop_back();  // The workspace root itself.
  }
  package_offset_ = path_.empty() ? 0 : path_.size() + 1;
}

PackageInputs PackageWalk::run() {
  Frame top;
  for (const auto& each : request().selectors) {
    result_.selected.emplace_back().pattern_decided.resize(each->excludes.size());
  }
  top.active.resize(request().selectors.size());
  std::iota(top.active.begin(), top.active.end(), SelectorId{0});
  if (package_ != nullptr) {
    top.scope = package_->scope;
  }
  if (!top.active.empty()) {
    walk(std::move(top));
  }
  for (std::size_t i = 0; i < result_.certain_files.size(); ++i) {
    if (!result_.certain_files[i]) {
      take_certain_file(i);
    }
  }
  for (SelectedInputs& selected : result_.selected) {
    std::ranges::sort(selected.files, {}, [&](InputId id) { return result_.table.path(id); });
    std::ranges::sort(selected.uncovered);
  }
  std::ranges::sort(result_.lockfiles, {}, [&](InputId id) { return result_.table.path(id); });
  result_.table.shrink_to_fit();
  return std::move(result_);
}

std::string_view PackageWalk::workspace_path() const {
  const std::size_t offset = scanner_.repository_.prefix().size();
  return path_.size() <= offset ? std::string_view() : std::string_view(path_).substr(offset);
}

std::string_view PackageWalk::package_path() const {
  return path_.size() <= package_offset_ ? std::string_view()
                                         : std::string_view(path_).substr(package_offset_);
}

void PackageWalk::walk(Frame frame) {
  if (frame.depth > kDirectoryDepthMax) {
    fail_here(ScanProblem::Kind::too_deep, "more than 256 directories deep");
    return;
  }
  // By path, not from the parent's descriptor: no descriptor is held while deeper ones are open.
  // The package itself may be reached through a link; somebody listed it under that name.
  const std::string directory(workspace_path());
  const UniqueFd fd(
      ::openat(root_fd_, directory.empty() ? "." : directory.c_str(),
               O_RDONLY | O_DIRECTORY | O_CLOEXEC | (is_top(frame) ? 0 : O_NOFOLLOW)));
  if (!fd.valid()) {
    if (is_top(frame) || !is_gone(errno)) {
      fail_here(ScanProblem::Kind::unreadable, errno_error("open the directory").message);
    }
    return;
  }
  if (const auto read = listing_.read(fd.get()); !read) {
    fail_here(ScanProblem::Kind::unreadable, read.error().message);
    return;
  }
  const bool reads_ignore_files =
      std::ranges::any_of(frame.active, [&](SelectorId id) { return selector(id).defaults; });
  if (reads_ignore_files && !frame.tracked_only && listing_.contains(".gitignore")) {
    auto scope = with_gitignore(frame.scope, fd.get(), path_);
    if (!scope) {
      fail_here(ScanProblem::Kind::unreadable, scope.error().message);
      return;
    }
    frame.scope = *std::move(scope);
  }
  std::vector<Child> children;
  const std::size_t length = path_.size();
  for (const DirectoryListing::Entry& entry : listing_.entries()) {
    path_ += path_.empty() ? "" : "/";
    path_ += entry.text();
    visit(frame, fd.get(), entry, children);
    path_.resize(length);
  }
  for (Child& child : children) {  // The listing may be overwritten from here on.
    path_ += path_.empty() ? "" : "/";
    path_ += child.name;
    walk(std::move(child.frame));
    path_.resize(length);
  }
}

void PackageWalk::visit(const Frame& frame, int directory_fd, const DirectoryListing::Entry& entry,
                        std::vector<Child>& children) {
  if (never_counts(entry.text())) {
    return;
  }
  FileKind kind = entry.kind;
  if (kind == FileKind::unknown) {
    struct stat status{};
    if (::fstatat(directory_fd, entry.name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
      return;  // Gone meanwhile.
    }
    kind = kind_of_mode(status.st_mode);
  }
  if (kind == FileKind::directory) {
    visit_directory(frame, entry.text(), children);
  } else {
    visit_file(frame, directory_fd, entry, kind);
  }
}

void PackageWalk::visit_directory(const Frame& frame, std::string_view name,
                                  std::vector<Child>& children) {
  Child child{.name = std::string(name),
              .frame = {.active = {},
                        .scope = frame.scope,
                        .tracked_only = frame.tracked_only,
                        .nested = frame.nested,
                        .nested_offset = frame.nested_offset,
                        .depth = frame.depth + 1}};
  if (const auto* const package = scanner_.find(workspace_path())) {
    child.frame.nested = package;
    child.frame.nested_offset = path_.size() + 1;
  }
  for (const SelectorId id : frame.active) {
    if (selects_below(id, frame, name, child)) {
      child.frame.active.push_back(id);
    }
  }
  if (!child.frame.active.empty()) {
    children.push_back(std::move(child));
  }
}

bool PackageWalk::selects_below(SelectorId id, const Frame& frame, std::string_view name,
                                Child& child) const {
  const InputSelector& by = selector(id);
  const bool matches_below = (name != kNodeModules || by.enters_node_modules) &&
                             by.patterns.can_match_below(package_path());
  return (by.defaults && defaults_select_below(by, frame, name, child)) || matches_below;
}

bool PackageWalk::defaults_select_below(const InputSelector& by, const Frame& frame,
                                        std::string_view name, Child& child) const {
  if (name == kNodeModules || (child.frame.nested != frame.nested && !by.enters_packages)) {
    return false;
  }
  if (frame.tracked_only || ignored(frame, FileKind::directory)) {
    child.frame.tracked_only = true;
    return scanner_.repository_.tracked().contains_below(path_);
  }
  return true;
}

bool PackageWalk::ignored(const Frame& frame, FileKind kind) const {
  return is_ignored(frame.scope.get(), path_, kind);
}

bool PackageWalk::is_output() const {
  return !request().counts_outputs && package_ != nullptr && package_->outputs != nullptr &&
         package_->outputs->matches(package_path());
}

// What ignore files name is made anew in every clone, and would be an edit while the first task
// runs there. They are read here, since lists of inputs need none of them.
bool PackageWalk::is_ignored_lockfile() const {
  const std::string_view directory = request().directory;
  std::shared_ptr<const IgnoreScope> scope;
  for (std::size_t end = 0;;) {
    const std::string part(directory.substr(0, end));
    const UniqueFd fd(
        ::openat(root_fd_, part.empty() ? "." : part.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    std::string from_top = scanner_.repository_.prefix() + part;
    from_top.resize(from_top.size() - (from_top.ends_with('/') ? 1 : 0));
    auto inner = with_gitignore(scope, fd.get(), from_top);
    if (inner) {
      scope = *std::move(inner);
    }
    if (end == directory.size()) {
      return is_ignored(scope.get(), path_, FileKind::regular);
    }
    end = std::min(directory.find('/', end + 1), directory.size());
  }
}

bool PackageWalk::is_generated(SelectorId id, const Frame& frame) const {
  if (frame.nested == nullptr) {
    return false;
  }
  const auto& generated = selector(id).generated;
  const std::string_view path = workspace_path();
  const std::size_t offset = frame.nested_offset - scanner_.repository_.prefix().size();
  const auto found = generated.find(path.substr(0, offset - 1));
  return found != generated.end() && found->second.matches(path.substr(offset));
}

void PackageWalk::visit_file(const Frame& frame, int directory_fd,
                             const DirectoryListing::Entry& entry, FileKind kind) {
  // A link to a directory stands where a pattern would go on: its text decides what is behind it.
  struct stat target{};
  const bool directory_behind_link = kind == FileKind::symlink &&
                                     ::fstatat(directory_fd, entry.name, &target, 0) == 0 &&
                                     S_ISDIR(target.st_mode);
  chosen_.clear();
  for (const SelectorId id : frame.active) {
    if (selects(id, frame, kind, directory_behind_link)) {
      chosen_.push_back(id);
    }
  }
  if (is_top(frame) && is_known_configuration(entry.text())) {
    note_uncovered(frame, entry.text());
  }
  if (!chosen_.empty() && is_output()) {
    chosen_.clear();
  }
  const std::size_t index = index_in(request().certain_files, package_path());
  const bool certain = index < request().certain_files.size();
  const bool is_lockfile = is_top(frame) && !request().counts_outputs &&
                           is_known_lockfile(entry.text()) && !is_output() &&
                           !is_ignored_lockfile();
  if (chosen_.empty() && !certain && !is_lockfile) {
    return;
  }
  const auto taken = take(directory_fd, entry.name, kind);
  if (!taken) {
    return;
  }
  if (certain) {
    result_.certain_files[index] = taken;
  }
  if (is_lockfile) {
    result_.lockfiles.push_back(*taken);
  }
  for (const SelectorId id : chosen_) {
    result_.selected[id].files.push_back(*taken);
  }
}

bool PackageWalk::selects(SelectorId id, const Frame& frame, FileKind kind,
                          bool directory_behind_link) {
  const InputSelector& by = selector(id);
  const std::string_view path = package_path();
  if (by.defaults && by.excludes.empty()) {
    return defaults_select(by, frame, kind);
  }
  if (const auto decided = by.patterns.deciding_pattern(path)) {
    result_.selected[id].pattern_decided[*decided] = true;
    return !by.excludes[*decided] && !is_generated(id, frame);
  }
  return (directory_behind_link && by.patterns.can_match_below(path)) ||
         (by.defaults && defaults_select(by, frame, kind));
}

bool PackageWalk::defaults_select(const InputSelector& by, const Frame& frame,
                                  FileKind kind) const {
  if (kind == FileKind::other) {
    return false;  // Not a file to git either.
  }
  // A pattern may have led to where the defaults do not go.
  if (frame.nested != nullptr) {
    const bool is_made =
        frame.nested->outputs != nullptr &&
        frame.nested->outputs->matches(std::string_view(path_).substr(frame.nested_offset));
    if (!by.enters_packages || is_made) {
      return false;
    }
  }
  if (by.enters_node_modules && is_in_node_modules(package_path())) {
    return false;
  }
  return (!frame.tracked_only && !ignored(frame, kind)) ||
         scanner_.repository_.tracked().contains(path_);
}

void PackageWalk::note_uncovered(const Frame& frame, std::string_view name) {
  for (const SelectorId id : frame.active) {
    const InputSelector& by = selector(id);
    if (!by.defaults && !by.patterns.deciding_pattern(name) && !is_output()) {
      result_.selected[id].uncovered.emplace_back(name);
    }
  }
}

std::optional<InputId> PackageWalk::take(int directory_fd, const char* name, FileKind kind) {
  if (kind == FileKind::other) {
    fail_here(ScanProblem::Kind::not_a_file, "a FIFO, socket or device cannot be an input");
    return std::nullopt;
  }
  struct stat status{};
  if (::fstatat(directory_fd, name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
    if (!is_gone(errno)) {
      fail_here(ScanProblem::Kind::unreadable, errno_error("stat").message);
    }
    return std::nullopt;
  }
  const FileStamp stamp = FileStamp::of(status);
  if (kind == FileKind::symlink) {
    std::array<char, PATH_MAX> target{};
    const ssize_t bytes = ::readlinkat(directory_fd, name, target.data(), target.size());
    if (bytes < 0) {
      return std::nullopt;  // Replaced meanwhile; the check after the run sees what is there.
    }
    const std::string_view text(target.data(), static_cast<std::size_t>(bytes));
    return result_.table.add(package_path(), stamp, sha256(text));
  }
  const auto known = index_.find(workspace_path(), stamp);
  const InputId id = result_.table.add(package_path(), stamp, known.value_or(Digest()));
  if (!known) {
    result_.unhashed.push_back(id);
  }
  return id;
}

void PackageWalk::take_certain_file(std::size_t index) {
  const std::size_t length = path_.size();
  path_ += path_.empty() ? "" : "/";
  path_ += request().certain_files[index];
  struct stat status{};
  const std::string path(workspace_path());
  if (::fstatat(root_fd_, path.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) {
    result_.certain_files[index] = take(root_fd_, path.c_str(), kind_of_mode(status.st_mode));
  }
  path_.resize(length);
}

std::optional<InputId> PackageInputs::certain_file(std::string_view path) const {
  const std::size_t index = index_in(request.certain_files, path);
  return index < certain_files.size() ? certain_files[index] : std::nullopt;
}

void PackageWalk::fail_here(ScanProblem::Kind kind, std::string message) {
  result_.problems.push_back(
      {.kind = kind, .path = std::string(workspace_path()), .message = std::move(message)});
}

}  // namespace vc::agent
