#include "agent/explain/remote_notes.hpp"

#include "agent/explain/difference.hpp"
#include "agent/explain/notes_upload.hpp"
#include "core/fd.hpp"

#include <fmt/format.h>

#include <sys/mman.h>

#include <limits>

namespace vc::agent {

namespace {

constexpr std::chrono::seconds kGitLogPatience{30};
constexpr std::size_t kGitLogBytesMax = 1 << 20;

}  // namespace

Result<std::unique_ptr<RemoteNotes>> RemoteNotes::look(const RunContext& run, RemoteCache& remote,
                                                       RemoteTroubles::Warn warn,
                                                       std::stop_token stop) {
  std::unique_ptr<RemoteNotes> notes(
      new RemoteNotes(run, remote, std::move(warn), std::move(stop)));
  PosixToolRunner runner(kGitLogPatience, kGitLogBytesMax);
  GitCommand git(runner, run.config.root, run.environment);
  auto place = place_in_history(git);
  if (!place) {
    return fail(Errc::unavailable, "git knows no commit of " + run.config.root.string());
  }
  notes->workspace_ = std::move(place->workspace);
  notes->commits_ = recent_commits(git, kCommitsAsked);
  if (notes->commits_.size() < kCommitsAsked) {
    notes->is_shallow_ =
        git.run({"rev-parse", "--is-shallow-repository"}).value_or("").starts_with("true");
  }
  VC_CHECK(notes->ask_for_commits());
  return notes;
}

NotesAddress RemoteNotes::address(const Place& place) const {
  return {.project = run_.config.project_id,
          .workspace = workspace_,
          .commit = commits_[place.first],
          .task = place.second};
}

Result<void> RemoteNotes::ask_for_commits() {
  std::vector<Place> places;
  std::vector<Digest> keys;
  for (std::size_t commit = 0; commit < commits_.size(); ++commit) {
    for (std::string& name : noted_names(run_.graph)) {
      places.emplace_back(commit, std::move(name));
      keys.push_back(notes_key(address(places.back()), 0));
    }
  }
  std::vector<RemoteAnswer> answers = remote_.look_up(keys, stop_);
  if (remote_.troubles().count() > 0) {  // Which has been told.
    return fail(Errc::unavailable, run_.config.remote.url + " could not be asked");
  }
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (answers[i].artifact || !answers[i].doubt.empty()) {
      first_answers_.emplace(std::move(places[i]), std::move(answers[i]));
    }
  }
  return {};
}

const std::vector<RemoteNotes::Loaded>& RemoteNotes::load(const Place& place) {
  const auto [entry, is_new] = loaded_.try_emplace(place);
  const auto first = first_answers_.find(place);
  if (!is_new || first == first_answers_.end()) {
    return entry->second;
  }
  read(first->second, place, entry->second);
  std::vector<Digest> keys;
  for (unsigned slot = 1; slot < kNotesSlots; ++slot) {
    keys.push_back(notes_key(address(place), slot));
  }
  for (const RemoteAnswer& answer : remote_.look_up(keys, stop_)) {
    read(answer, place, entry->second);
  }
  return entry->second;
}

void RemoteNotes::read(const RemoteAnswer& answer, const Place& place, std::vector<Loaded>& into) {
  if (!answer.artifact && answer.doubt.empty()) {
    return;
  }
  const NotesAddress of = address(place);
  const auto refuse = [&](std::string_view why) {
    warn_(fmt::format("the notes of {} at commit {} are not used: {}", of.task,
                      of.commit.substr(0, kCommitDigits), why));
  };
  if (!answer.artifact) {
    return refuse(answer.doubt);
  }
  if (!is_trusted_scope(answer.artifact->scope)) {
    return refuse(fmt::format("scope {} is not a trusted one", answer.artifact->scope));
  }
  auto notes = download(*answer.artifact, of);
  if (!notes) {
    return refuse(notes.error().message);
  }
  into.push_back({.notes = *std::move(notes), .scope = answer.artifact->scope});
}

Result<SharedNotes> RemoteNotes::download(const RemoteArtifact& artifact,
                                          const NotesAddress& address) {
  const SharedNotesLimits limits;
  if (artifact.size_bytes > limits.packed_bytes_max) {
    return fail(Errc::too_large, "they are larger than notes may be");
  }
  if (bytes_read_ + artifact.size_bytes > kRemoteNotesBytesMax) {
    return fail(Errc::too_large, "too much was read already");
  }
  const UniqueFd file(::memfd_create("notes", MFD_CLOEXEC));
  if (!file.valid()) {
    return std::unexpected(errno_error("make room for notes"));
  }
  const DownloadOutcome outcome = remote_.download(artifact, file.get(), stop_);
  if (outcome.result != DownloadResult::complete) {
    return fail(Errc::unavailable,
                outcome.reason.empty() ? "the store no longer has them" : outcome.reason);
  }
  std::string packed(artifact.size_bytes, '\0');
  VC_TRY(const std::size_t count,
         pread_up_to(file.get(), std::as_writable_bytes(std::span(packed)), 0));
  packed.resize(count);
  VC_TRY(SharedNotes notes, SharedNotes::unpack(packed, address, limits));
  bytes_read_ += notes.bytes();
  return notes;
}

std::optional<RemoteNotes::Found> RemoteNotes::nearest(const TaskNotes& now,
                                                       std::string_view task) {
  std::size_t left = kCommitsRead;
  for (std::size_t commit = 0; commit < commits_.size() && left > 0; ++commit) {
    const Place place{commit, std::string(task)};
    if (!first_answers_.contains(place)) {
      continue;
    }
    --left;
    std::optional<Found> best;
    std::size_t fewest = std::numeric_limits<std::size_t>::max();
    for (const Loaded& loaded : load(place)) {
      auto notes = loaded.notes.find(now.label);
      const std::size_t count = notes ? differences(*notes, now).size() : fewest;
      if (notes && count < fewest) {
        fewest = count;
        best = Found{
            .notes = *std::move(notes),
            .run = {.commit = commits_[commit], .commits_back = commit, .scope = loaded.scope},
            .commit = commit};
      }
    }
    if (best) {
      return best;
    }
  }
  return std::nullopt;
}

std::optional<TaskNotes> RemoteNotes::find(std::size_t commit, std::string_view label,
                                           const Digest& key) {
  const std::size_t separator = label.rfind('#');
  if (separator == std::string_view::npos) {
    return std::nullopt;
  }
  for (const Loaded& loaded : load({commit, std::string(label.substr(separator + 1))})) {
    auto notes = loaded.notes.find(label);
    if (notes && notes->key == key) {
      return notes;
    }
  }
  return std::nullopt;
}

}  // namespace vc::agent
