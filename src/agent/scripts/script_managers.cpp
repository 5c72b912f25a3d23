#include "agent/scripts/script_managers.hpp"

#include "agent/scripts/manager_files.hpp"
#include "agent/scripts/yarn_environment.hpp"
#include "agent/state_directory.hpp"
#include "core/temp_dir.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <system_error>

namespace vc::agent {

namespace {

constexpr std::string_view kFolder = "managers";
constexpr std::string_view kPrograms = "manager-programs";
constexpr std::size_t kProfilesMax = 64;
constexpr std::uint64_t kProfileBytesMax = 1 << 20;
constexpr std::string_view kRefused = "refused: ";

// What a session of a terminal changes and no manager looks at.
constexpr std::array<std::string_view, 4> kUnasked{"PWD", "SSH_AUTH_SOCK", "XDG_SESSION_ID",
                                                   "XDG_RUNTIME_DIR"};

// Every way in which a manager may spoil an argument, seen once.
const std::vector<std::string>& sample_arguments() {
  static const std::vector<std::string> kSamples{
      "plain", "two words", "it's", "$HOME", "back\\slash", "\"quoted\"", "", "*", "'a b'", "x=~!"};
  return kSamples;
}

Digest key_of(const ScriptCall& call, const ScriptPlace& place, const ScriptPackage& package,
              const ManagerFiles& files, const Variables& base) {
  std::string text = "2\n" + call.program() + " ";
  // npm's verb is known to change one variable only, and yarn's too.
  text += call.manager == ScriptManager::pnpm ? call.verb : "run";
  text += "\n" + place.local_prefix.string() + "\n";
  if (place.local_prefix == place.directory) {
    text += "alone\n";
  }
  text += package.demands + "\n" + identity_of(files);
  for (const auto& [name, value] : base) {
    if (std::ranges::find(kUnasked, name) == kUnasked.end()) {
      text += name;
      text += '=';
      text += value;
      text += '\0';
    }
  }
  return sha256(text);
}

// Keys of other days pile up; a folder past the limit starts anew.
void make_room(const fs::path& folder) {
  std::error_code failed;
  const auto count = std::distance(fs::directory_iterator(folder, failed), {});
  if (!failed && static_cast<std::size_t>(count) >= kProfilesMax) {
    fs::remove_all(folder, failed);
  }
}

}  // namespace

std::shared_ptr<ScriptManagers::Slot> ScriptManagers::slot_of(const Digest& key) {
  const std::scoped_lock lock(mutex_);
  auto& slot = slots_[key];
  if (!slot) {
    slot = std::make_shared<Slot>();
  }
  return slot;
}

Result<std::shared_ptr<const ManagerProfile>> ScriptManagers::find(const ScriptCall& call,
                                                                   const ScriptPlace& place,
                                                                   const ScriptPackage& package,
                                                                   const Variables& base) {
  VC_TRY(const ManagerFiles files, manager_files(place, call.program(), base));
  const Digest key = key_of(call, place, package, files, base);
  const auto slot = slot_of(key);
  const std::scoped_lock lock(slot->mutex);
  if (slot->profile) {
    return slot->profile;
  }
  if (!slot->refusal.empty()) {
    return fail(Errc::invalid, slot->refusal);
  }
  const fs::path file = state_directory_ / kFolder / key.hex();
  if (const auto text = read_file(file, kProfileBytesMax)) {
    if (text->starts_with(kRefused)) {
      slot->refusal = text->substr(kRefused.size());
      return fail(Errc::invalid, slot->refusal);
    }
    if (auto known = parse_profile(*text)) {
      slot->profile = std::make_shared<const ManagerProfile>(*std::move(known));
      return slot->profile;
    }
  }
  const auto plain = check_settings(files);
  auto learned = plain ? learn(call, place, package, base)
                       : Result<ManagerProfile>(std::unexpected(plain.error()));
  if (!learned) {
    return std::unexpected(refuse(*slot, file, std::move(learned).error()));
  }
  make_room(file.parent_path());
  // Best effort: a profile that is not kept is learned again.
  (void)write_file_atomically(file, profile_json(*learned), Durability::none, 0600);
  slot->profile = std::make_shared<const ManagerProfile>(*std::move(learned));
  return slot->profile;
}

Result<fs::path> ScriptManagers::programs_of(const ManagerProfile& profile) {
  if (profile.programs.empty()) {
    return fs::path();
  }
  VC_CHECK(make_state_directory(state_directory_, kPrograms));
  return keep_programs(state_directory_ / kPrograms, profile.programs);
}

// What is wrong with this package or this moment says nothing about the next; a manager that fails
// may not fail in the next run.
Error ScriptManagers::refuse(Slot& slot, const fs::path& file, Error why) {
  if (why.code == Errc::invalid || why.code == Errc::unavailable) {
    slot.refusal = why.message;
  }
  if (why.code == Errc::invalid) {
    make_room(file.parent_path());
    (void)write_file_atomically(file, std::string(kRefused) + why.message, Durability::none, 0600);
  }
  return why;
}

// Starts the manager with a shell that only writes down what it is given. npm has a script of its
// own for that, `env`, so that nothing of the package could run even if npm were told by something
// in between (a wrapper in PATH) to use another shell.
Result<ManagerProfile> ScriptManagers::learn(const ScriptCall& call, const ScriptPlace& place,
                                             const ScriptPackage& package, const Variables& base) {
  const bool is_npm = call.manager == ScriptManager::npm;
  if (is_npm && package.scripts.contains("env")) {
    return fail(Errc::not_found, "the package has a script \"env\" of its own");
  }
  ScriptCall sample = call;
  sample.arguments = sample_arguments();
  std::string text = "env";
  if (is_npm) {
    sample.verb = "run";
    sample.script = "env";
  } else {
    text = package.scripts.at(call.script);
    if (call.manager == ScriptManager::pnpm && !sample.names_script()) {
      sample.arguments.clear();
    }
  }
  const auto script = script_with_arguments(sample, text);
  if (!script) {
    return fail(Errc::not_found, "the script cannot be written as its manager would");
  }

  VC_CHECK(make_state_directory(state_directory_, kFolder));
  VC_TRY(const TempDir scratch, TempDir::create(state_directory_));
  const fs::path shell = scratch.path() / "shell";
  const fs::path record = scratch.path() / "record";
  VC_CHECK(
      write_file_atomically(shell, recording_shell(record, sample.script), Durability::none, 0700));
  ProcessSpec spec{
      .argv = {sample.program(), sample.verb}, .directory = place.directory, .environment = base};
  if (sample.names_script()) {
    spec.argv.push_back(sample.script);
  }
  if (is_npm) {
    spec.argv.emplace_back("--");
  }
  spec.argv.insert(spec.argv.end(), sample.arguments.begin(), sample.arguments.end());
  spec.environment["npm_config_script_shell"] = shell.string();
  VC_TRY(const ProcessExit exit, processes_.run(spec, [](auto, auto, auto) {}));
  const auto bytes = read_file(record, kProfileBytesMax);
  if (!exit.succeeded() || !bytes) {
    return fail(Errc::unavailable,
                sample.program() + " does not start scripts with the shell it is given");
  }
  VC_TRY(RecordedScript recorded, parse_recorded_script(*bytes));
  return learn_profile(std::move(recorded), shell, place, package, base,
                       {.name = sample.script,
                        .script = text,
                        .command = *script,
                        .words = {spec.argv.begin() + 1, spec.argv.end()}});
}

}  // namespace vc::agent
