#include "agent/fingerprint/input_scanner.hpp"

#include "agent/fingerprint/package_walk.hpp"

#include <algorithm>
#include <utility>

namespace vc::agent {

bool OutputGlobs::matches(std::string_view path) const {
  return std::ranges::any_of(sets_, [&](const GlobSet& set) { return set.matches(path); });
}

InputSelector InputSelector::default_inputs() {
  InputSelector selector;
  selector.defaults = true;
  return selector;
}

Result<InputSelector> InputSelector::of(const std::vector<std::string>& patterns,
                                        std::size_t* bad_index) {
  InputSelector selector;
  VC_TRY(selector.patterns, GlobSet::compile(patterns, bad_index));
  for (const std::string& pattern : patterns) {
    selector.excludes.push_back(pattern.starts_with('!'));
    selector.enters_node_modules |= pattern.find("node_modules") != std::string::npos;
  }
  return selector;
}

Result<std::shared_ptr<const InputScanner>> InputScanner::create(const fs::path& root,
                                                                 std::vector<PackageRules> packages,
                                                                 IgnoreFiles ignore_files) {
  std::shared_ptr<InputScanner> scanner(new InputScanner());
  if (ignore_files == IgnoreFiles::read) {
    VC_TRY(scanner->repository_, GitRepository::open(root));
  }
  for (PackageRules& rules : packages) {
    Package package{.outputs = std::move(rules.outputs), .scope = nullptr};
    if (ignore_files == IgnoreFiles::read) {
      std::string from_top = scanner->repository_.prefix() + rules.directory;
      if (from_top.ends_with('/')) {
        from_top.pop_back();
      }
      VC_TRY(package.scope, scanner->repository_.scope_around(from_top));
    }
    scanner->packages_.emplace(std::move(rules.directory), std::move(package));
  }
  return scanner;
}

const InputScanner::Package* InputScanner::find(std::string_view directory) const {
  const auto found = packages_.find(directory);
  return found == packages_.end() ? nullptr : &found->second;
}

PackageInputs InputScanner::scan(int root_fd, ScanRequest request, const FileIndex& index,
                                 DirectoryListing& scratch) const {
  return PackageWalk(*this, root_fd, std::move(request), index, scratch).run();
}

}  // namespace vc::agent
