// Staging: one restore's files in `<state_directory>/staging`: the unpacked tree, the old one while
// it is replaced, and the intent to swap the two.
//
//   <id>.intent   first made, last removed; the lock (flock), and the record: nothing while
//   unpacking;
//                 then a line of JSON that says where the tree belongs; then a line "placing" once
//                 the old outputs are out of the way
//   <id>/         what was unpacked, or what of it is not yet in place
//   <id>.old/     what was there before
//
// While the record is empty nothing outside was touched, and all of it can be thrown away; later
// whoever finds it can go on from where it stopped.
#pragma once

#include "agent/fingerprint/file_system_clock.hpp"
#include "core/files.hpp"
#include "core/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vc::agent {

struct RestoreIntent {
  std::string package;  // Relative to the workspace root.
  std::string label;
  std::vector<std::string> patterns;  // Of the output globs.
};

class Staging {
 public:
  enum class Phase : std::uint8_t { unpacking, replacing, placing };

  static Result<Staging> create(const fs::path& state_directory);
  // What a process that is no more has left; nullopt while its owner lives, or when it is gone.
  static Result<std::optional<Staging>> adopt(const fs::path& state_directory,
                                              const std::string& id);
  // Of every restore under way or interrupted.
  static Result<std::vector<std::string>> ids(const fs::path& state_directory);

  Staging(Staging&& other) = default;
  Staging& operator=(Staging&&) = delete;
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;
  // Throws away what is left of it.
  ~Staging();

  const std::string& id() const { return id_; }

  int tree_fd() const { return tree_.get(); }

  Phase phase() const { return phase_; }

  const std::optional<RestoreIntent>& intent() const { return intent_; }

  // An empty directory for what gets replaced.
  Result<UniqueFd> make_old();

  // From here on an interruption leads to the new tree. Returns the time of the file system.
  Result<FileSystemTime> record(RestoreIntent intent, Phase phase);
  Result<void> begin_placing();

 private:
  explicit Staging(UniqueFd parent) : parent_(std::move(parent)) {}

  enum class Claim : std::uint8_t { ours, taken };
  Result<Claim> claim(int intent_flags);

  std::string intent_name() const { return id_ + ".intent"; }

  std::string old_name() const { return id_ + ".old"; }

  Result<void> open_tree();
  Result<void> read_record();
  Result<void> discard();
  Result<void> remove_old();

  UniqueFd parent_;
  std::string id_;
  UniqueFd intent_file_;  // Locked.
  UniqueFd tree_;
  Phase phase_ = Phase::unpacking;
  bool may_have_old_ = false;
  std::optional<RestoreIntent> intent_;
};

}  // namespace vc::agent
