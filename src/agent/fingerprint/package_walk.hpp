// PackageWalk: one scan of an InputScanner while it goes on.
#pragma once

#include "agent/fingerprint/input_scanner.hpp"

#include <sys/stat.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

// Deeper trees are reported, not walked: the walk is recursive.
inline constexpr int kDirectoryDepthMax = 256;

class PackageWalk {
 public:
  PackageWalk(const InputScanner& scanner, int root_fd, ScanRequest request, const FileIndex& index,
              DirectoryListing& scratch);

  PackageInputs run();

 private:
  using SelectorId = std::uint16_t;

  // A directory on the way, and what may still be chosen below it.
  struct Frame {
    std::vector<SelectorId> active;
    std::shared_ptr<const IgnoreScope> scope;
    bool tracked_only = false;  // Ignored, but git tracks something below.
    // The innermost package around it other than the one walked, and where its paths begin in
    // path_.
    const InputScanner::Package* nested = nullptr;
    std::size_t nested_offset = 0;
    int depth = 0;
  };

  struct Child {
    std::string name;
    Frame frame;
  };

  void walk(Frame frame);
  void visit(const Frame& frame, int directory_fd, const DirectoryListing::Entry& entry,
             std::vector<Child>& children);
  void visit_directory(const Frame& frame, std::string_view name, std::vector<Child>& children);
  void visit_file(const Frame& frame, int directory_fd, const DirectoryListing::Entry& entry,
                  FileKind kind);
  bool selects(SelectorId id, const Frame& frame, FileKind kind, bool directory_behind_link);
  bool selects_below(SelectorId id, const Frame& frame, std::string_view name, Child& child) const;
  bool defaults_select(const InputSelector& by, const Frame& frame, FileKind kind) const;
  bool defaults_select_below(const InputSelector& by, const Frame& frame, std::string_view name,
                             Child& child) const;
  bool ignored(const Frame& frame, FileKind kind) const;
  bool is_output() const;
  bool is_ignored_lockfile() const;
  bool is_generated(SelectorId id, const Frame& frame) const;
  void note_uncovered(const Frame& frame, std::string_view name);
  std::optional<InputId> take(int directory_fd, const char* name, FileKind kind);
  void take_certain_file(std::size_t index);
  void fail_here(ScanProblem::Kind kind, std::string message);

  static bool is_top(const Frame& frame) { return frame.depth == 0; }

  const ScanRequest& request() const { return result_.request; }

  const InputSelector& selector(SelectorId id) const { return *request().selectors[id]; }

  // path_ from the workspace root, and from the package.
  std::string_view workspace_path() const;
  std::string_view package_path() const;

  const InputScanner& scanner_;
  const int root_fd_;
  const FileIndex& index_;
  DirectoryListing& listing_;
  const InputScanner::Package* package_;

  std::string path_;  // Of what is looked at, from the top of the repository.
  std::size_t package_offset_ = 0;
  std::vector<SelectorId> chosen_;  // By which selectors, for the file that is looked at.
  PackageInputs result_;
};

}  // namespace vc::agent
