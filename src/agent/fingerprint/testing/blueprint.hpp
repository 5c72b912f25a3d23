// Blueprint: a small workspace as a value, made of few small numbers, so that it can be generated,
// changed, printed and made smaller. What its numbers mean is in blueprint.cpp, what of it a task
// declares in declared.hpp.
#pragma once

#include "agent/testing/tree.hpp"
#include "core/env.hpp"

#include <array>
#include <iosfwd>
#include <map>
#include <string>
#include <vector>

namespace vc::agent::property {

// Sizes of the ranges that numbers are from; a number beyond is taken modulo.
inline constexpr int kPaths = 13;     // Of a package's files.
inline constexpr int kPatterns = 9;   // Of `inputs`.
inline constexpr int kVariables = 7;  // Of the environment.
inline constexpr int kValues = 4;     // Of a variable; 0 is unset.
inline constexpr int kTools = 2;
inline constexpr int kSharedPaths = 3;  // Of files at the root.

struct FileSpec {
  int package = 0;
  int path = 0;
  int kind = 0;     // 0: file, 1: executable, 2: link.
  int content = 0;  // 0: nothing.
};

struct EdgeSpec {
  int form = 0;  // 0: ^task, 1: task, 2: package#task.
  int task = 0;
  int package = 0;
};

struct TaskSpec {
  int command = 0;
  bool is_script = false;      // `npm run`: only packages with the script have it.
  bool names_inputs = false;   // Else the default ones.
  std::vector<int> patterns;   // Of `inputs`, in this order.
  std::vector<int> variables;  // Of `env`: the first three.
  std::vector<int> passed;     // Of `pass_env`.
  std::vector<int> tools;
  std::vector<EdgeSpec> edges;
  int outputs = 0;  // 0: no such key, 1: a folder, 2: without one of its files.
  bool is_incremental = false;
  bool is_for_all_platforms = false;
  int rules = 0;  // Retries, timeout, description.
};

struct PackageSpec {
  std::vector<int> uses;     // Packages before this one.
  std::vector<int> scripts;  // Tasks.
  int manifest = 0;
};

struct Blueprint {
  std::vector<PackageSpec> packages;
  std::vector<TaskSpec> tasks;
  std::vector<FileSpec> files;  // The last one at a path counts.
  std::map<int, int> shared;    // Content of files at the root.
  std::map<int, int> variables;
  std::array<int, kTools> tools{};
  int lockfile = 0;  // 0: there is none.
  bool has_global_inputs = false;
  int argument = 0;          // Of the first task of the first package; 0: none.
  bool is_reversed = false;  // The order of keys in velocity.yml.
};

struct Change {
  int kind = 0;
  int a = 0;
  int b = 0;
  int c = 0;
};

inline constexpr int kChanges = 21;

// What a change does to a workspace. One that means nothing there (the second task of one) does
// nothing.
Blueprint changed(Blueprint blueprint, const Change& change);
// Files are written again, as they were: other times, other inodes.
bool rewrites_files(const Change& change);

std::string package_name(int package);
std::string package_directory(int package);
std::string task_name(int task);
std::string path_of(int path);
std::string shared_path(int path);
std::string pattern_of(int pattern);
std::string variable_of(int variable);
std::string tool_of(int tool);

// What of the edges of a task exists: no circles, no package that lacks the task.
std::vector<EdgeSpec> edges_of(const Blueprint& blueprint, int task);
bool has_task(const Blueprint& blueprint, int package, int task);
std::vector<int> used_by(const Blueprint& blueprint, int package);
std::vector<std::string> outputs_of(const Blueprint& blueprint, int task);

std::string command_of(const Blueprint& blueprint, int task);
std::string manifest_of(const Blueprint& blueprint, int package);
// The files of packages, without manifests, by package and path.
std::map<int, Tree> files_of(const Blueprint& blueprint);
// The whole workspace.
Tree tree_of(const Blueprint& blueprint);
Environment environment_of(const Blueprint& blueprint);

std::ostream& operator<<(std::ostream& out, const Blueprint& blueprint);
std::ostream& operator<<(std::ostream& out, const Change& change);

}  // namespace vc::agent::property
