#include "agent/fingerprint.hpp"
#include "agent/fingerprint/task_inputs.hpp"

#include <fcntl.h>

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace vc::agent {

namespace {

// What of a file is in a key.
struct Content {
  std::uint32_t kind_and_bits = 0;
  Digest digest;

  friend bool operator==(const Content&, const Content&) = default;
};

const std::vector<std::string> kNoFiles;

using Contents = std::map<std::string, Content>;

void add_file(const PackageInputs& inputs, InputId id, Contents& contents) {
  const InputTable::Row& row = inputs.table.row(id);
  contents[inputs.table.workspace_path(id)] = {.kind_and_bits = row.stamp.mode & (S_IFMT | S_IXUSR),
                                               .digest = row.digest};
}

Contents contents_of(const PackageInputs& inputs, std::uint32_t selector,
                     const std::vector<std::string>& certain) {
  Contents contents;
  for (const InputId id : inputs.selected[selector].files) {
    add_file(inputs, id, contents);
  }
  for (const InputId id : inputs.lockfiles) {
    add_file(inputs, id, contents);
  }
  for (const std::string& path : certain) {
    if (const auto file = inputs.certain_file(path)) {
      add_file(inputs, *file, contents);
    }
  }
  return contents;
}

void add_differences(const Contents& before, const Contents& after, std::set<std::string>& paths) {
  for (const auto& [path, content] : before) {
    const auto now = after.find(path);
    if (now == after.end() || now->second != content) {
      paths.insert(path);
    }
  }
  for (const auto& [path, content] : after) {
    if (!before.contains(path)) {
      paths.insert(path);
    }
  }
}

// Looks again at one request, with one of its selectors.
class SecondLook {
 public:
  SecondLook(const ScannedWorkspace& workspace, int root_fd, FileIndex& index,
             std::set<std::string>& paths)
      : workspace_(workspace), root_fd_(root_fd), index_(index), paths_(paths) {}

  void compare(std::uint32_t request, std::uint32_t selector) {
    compare(request, selector, workspace_.requests[request].request.certain_files);
  }

  // `certain`: the certain files that are looked at, sorted.
  void compare(std::uint32_t request, std::uint32_t selector,
               const std::vector<std::string>& certain) {
    const PackageInputs& before = workspace_.requests[request];
    ScanRequest again{.directory = before.request.directory,
                      .certain_files = certain,
                      .selectors = {before.request.selectors[selector]},
                      .counts_outputs = before.request.counts_outputs};
    std::vector<PackageInputs> after;
    after.push_back(workspace_.scanner->scan(root_fd_, std::move(again), index_, scratch_));
    hash_inputs(root_fd_, after, index_, 1);
    add_differences(contents_of(before, selector, certain), contents_of(after.front(), 0, certain),
                    paths_);
    for (const ScanProblem& problem : after.front().problems) {
      paths_.insert(problem.path);  // Readable before, not now.
    }
  }

 private:
  const ScannedWorkspace& workspace_;
  int root_fd_;
  FileIndex& index_;
  std::set<std::string>& paths_;
  DirectoryListing scratch_;
};

}  // namespace

std::vector<std::string> changed_inputs(const fs::path& root, const TaskFingerprint& fingerprint,
                                        FileIndex& index) {
  const auto root_fd = open_file(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (!root_fd) {
    return {root.string()};
  }
  const TaskInputs& inputs = *fingerprint.inputs;
  std::set<std::string> paths;
  SecondLook look(*inputs.workspace, root_fd->get(), index, paths);
  look.compare(inputs.request, inputs.selector);
  if (inputs.reads_workspace) {
    const auto workspace = static_cast<std::uint32_t>(inputs.workspace->requests.size() - 1);
    look.compare(workspace, 0,
                 inputs.workspace_files == nullptr ? kNoFiles : *inputs.workspace_files);
    for (const auto& [request, selector] : inputs.workspace->everywhere) {
      look.compare(request, selector, kNoFiles);
    }
    if (inputs.root_selector != 0) {
      look.compare(workspace, inputs.root_selector, kNoFiles);
    }
  }
  return {paths.begin(), paths.end()};
}

}  // namespace vc::agent
