// InputScanner: finds the input files of a package: one walk for all of its tasks, with ignore
// files and patterns matched while walking, one stat for each file that counts, and no file read.
//
// What counts is defined in docs/fingerprint.md. Symbolic links are recorded, never followed.
// `.git` and `.velocity` never count, nor does what a task of a package declares as its output:
// that is accounted for by the key of the task that makes it.
#pragma once

#include "agent/fingerprint/git_repository.hpp"
#include "agent/fingerprint/input_table.hpp"
#include "agent/workspace.hpp"
#include "core/directory_listing.hpp"
#include "core/glob.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace vc::agent {

// Declared outputs of several tasks. One set each: a `!` in one task's list takes nothing from
// another's.
class OutputGlobs {
 public:
  void add(GlobSet globs) { sets_.push_back(std::move(globs)); }

  bool matches(std::string_view path) const;

  const std::vector<GlobSet>& sets() const { return sets_; }

 private:
  std::vector<GlobSet> sets_;
};

// One way to choose among the files of a package.
struct InputSelector {
  // git's view of the package; then `patterns` adds to it, and takes away with `!`.
  bool defaults = false;
  bool enters_packages = false;  // Defaults alone: files of packages inside of this one count.
  GlobSet patterns;
  std::vector<bool> excludes;        // By pattern: it begins with `!`.
  bool enters_node_modules = false;  // A pattern names it.
  // By package directory: what dependencies make inside of packages that lie in this one.
  std::map<std::string, OutputGlobs, std::less<>> generated;

  static InputSelector default_inputs();
  // `bad_index`: which pattern the error is about.
  static Result<InputSelector> of(const std::vector<std::string>& patterns, std::size_t* bad_index);
};

// What the scanner knows of each package.
struct PackageRules {
  std::string directory;
  std::shared_ptr<const OutputGlobs> outputs;  // May be null: none.
};

struct ScanRequest {
  std::string directory;  // Of a package, or "" for the workspace's own files.
  // Relative to the directory, sorted, each once: taken whatever is selected.
  std::vector<std::string> certain_files;
  std::vector<std::shared_ptr<const InputSelector>> selectors;
  bool counts_outputs = false;  // Nobody's key accounts for the package's outputs.
};

struct ScanProblem {
  enum class Kind { unreadable, not_a_file, too_deep };
  Kind kind;
  std::string path;  // Relative to the workspace root.
  std::string message;
};

struct SelectedInputs {
  std::vector<InputId> files;          // Sorted by path.
  Digest digest;                       // Of the list (docs/fingerprint.md), by hash_inputs().
  std::vector<bool> pattern_decided;   // By pattern: it was the last to match some file.
  std::vector<std::string> uncovered;  // Known configuration files beside the manifest that no
                                       // pattern mentions.
};

struct PackageInputs {
  // What was found of a certain file; nullopt when the request does not name it or it is not there.
  std::optional<InputId> certain_file(std::string_view path) const;

  ScanRequest request;
  InputTable table;
  std::vector<SelectedInputs> selected;  // By selector of the request.
  // By certain file of the request: unless it does not exist.
  std::vector<std::optional<InputId>> certain_files;
  // Lockfiles beside the manifest, sorted: they say what is installed for the package, and count
  // as the manifest does. None in a request for the workspace's own files.
  std::vector<InputId> lockfiles;
  std::vector<InputId> unhashed;  // Not in the index: hash_inputs() is to read them.
  std::vector<ScanProblem> problems;
};

class InputScanner {
 public:
  enum class IgnoreFiles { read, unused };  // Only default inputs need them.

  static Result<std::shared_ptr<const InputScanner>> create(const fs::path& root,
                                                            std::vector<PackageRules> packages,
                                                            IgnoreFiles ignore_files);

  // `root_fd` is the workspace root; `scratch` one per thread.
  PackageInputs scan(int root_fd, ScanRequest request, const FileIndex& index,
                     DirectoryListing& scratch) const;

  // A remark for the user about the repository; "" when there is none.
  const std::string& repository_problem() const { return repository_.problem(); }

 private:
  friend class PackageWalk;

  struct Package {
    std::shared_ptr<const OutputGlobs> outputs;
    std::shared_ptr<const IgnoreScope> scope;  // Around the directory.
  };

  InputScanner() = default;
  const Package* find(std::string_view directory) const;

  struct PathHash {
    using is_transparent = void;

    std::size_t operator()(std::string_view path) const {
      return std::hash<std::string_view>{}(path);
    }
  };

  GitRepository repository_;
  std::unordered_map<std::string, Package, PathHash, std::equal_to<>> packages_;  // By directory.
};

// Reads what a scan left unhashed, of all packages together, on several threads. Files that are
// gone by now are dropped; others that cannot be read are added to the problems.
void hash_inputs(int root_fd, std::vector<PackageInputs>& packages, FileIndex& index,
                 unsigned threads);

}  // namespace vc::agent
