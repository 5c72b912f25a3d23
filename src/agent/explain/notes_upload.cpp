#include "agent/explain/notes_upload.hpp"

#include "agent/explain/clean_commit.hpp"
#include "agent/explain/run_memory.hpp"
#include "core/fd.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <utility>

namespace vc::agent {

namespace {

// A repository that takes longer to look at is one whose notes nobody gets.
constexpr std::chrono::seconds kStatusPatience{10};
constexpr std::size_t kStatusBytesMax = 4 << 20;

bool is_executed(TaskResult result) {
  return result == TaskResult::succeeded || result == TaskResult::failed;
}

bool has_work(const LookupResult& lookups) {
  return std::ranges::any_of(lookups.tasks, [](const TaskLookup& task) {
    return task.place == Place::nowhere || task.place == Place::never_cached ||
           task.place == Place::deferred;
  });
}

bool may_share(const RunContext& run) {
  return run.may_write_remote() && run.config.remote.shares_notes &&
         run.remote->troubles().count() == 0;
}

}  // namespace

std::vector<std::string> noted_names(const TaskGraph& graph) {
  std::vector<std::string> names;
  for (const bool requested : {true, false}) {
    for (const TaskNode& node : graph.tasks) {
      if (node.requested == requested && names.size() < kNotedNamesMax &&
          std::ranges::find(names, node.name) == names.end()) {
        names.push_back(node.name);
      }
    }
  }
  return names;
}

NotesUpload::NotesUpload(RunContext& run, net::HttpClient& http, Pause pause)
    : run_(run),
      remote_(run.remote == nullptr ? RemoteOptions{} : run.remote->options(), http,
              std::move(pause), [](std::string_view) {}) {}

NotesUpload::~NotesUpload() {
  thread_.request_stop();
}

void NotesUpload::begin(const LookupResult& lookups) {
  if (may_share(run_) && has_work(lookups) && may_have_repository(run_.config.root)) {
    thread_ = std::jthread([this](const std::stop_token& stop) {
      work(stop);
      const std::scoped_lock lock(mutex_);
      is_over_ = true;
      changed_.notify_all();
    });
  }
}

void NotesUpload::tasks_are_done(std::span<const TaskReport> reports) {
  std::vector<TaskResult> results;
  results.reserve(reports.size());
  for (const TaskReport& report : reports) {
    results.push_back(report.result);
  }
  const std::scoped_lock lock(mutex_);
  results_ = std::move(results);
  are_done_ = true;
  changed_.notify_all();
}

std::uint64_t NotesUpload::finish() {
  if (thread_.joinable()) {
    wait_patiently();
    thread_.request_stop();
    thread_.join();
  }
  return remote_.bytes_up();
}

// Not at all when the run was interrupted.
void NotesUpload::wait_patiently() {
  std::unique_lock lock(mutex_);
  if (are_done_) {
    changed_.wait_for(lock, kNotesPatience, [&] { return is_over_; });
  }
}

bool NotesUpload::wait_for_results(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  return changed_.wait(lock, stop, [&] { return are_done_; }) &&
         std::ranges::any_of(results_, is_executed) && may_share(run_);
}

void NotesUpload::work(const std::stop_token& stop) {
  PosixToolRunner runner(kStatusPatience, kStatusBytesMax);
  GitCommand git(runner, run_.config.root, run_.environment);
  const auto place = clean_commit(git, run_);
  if (!place || !wait_for_results(stop)) {
    return;
  }
  const Profile::Span span = run_.profiled("share notes");
  const wire::Capabilities* rights = remote_.rights(stop);
  if (rights == nullptr || !is_trusted_scope(rights->write_scope)) {
    return;
  }
  for (const std::string& name : noted_names(run_.graph)) {
    if (!share({.project = run_.config.project_id,
                .workspace = place->workspace,
                .commit = place->commit,
                .task = name},
               stop)) {
      return;
    }
  }
}

// What was not run says nothing, and what had arguments is nobody else's run.
std::vector<TaskNotes> NotesUpload::notes_named(std::string_view name) const {
  const RunMemory memory(run_);
  std::vector<TaskNotes> notes;
  for (TaskId task = 0; task < run_.graph.tasks.size(); ++task) {
    const TaskNode& node = run_.node(task);
    const TaskResult result = results_[task];
    const bool is_known = !node.has_command || is_executed(result) ||
                          result == TaskResult::hit_local || result == TaskResult::hit_remote;
    if (node.name == name && is_known && !run_.fingerprints[task].is_deferred &&
        !run_.options.arguments.contains(node.label)) {
      notes.push_back(memory.notes(task));
      notes.back().result = result == TaskResult::failed ? NotedResult::failed : NotedResult::good;
    }
  }
  return notes;
}

// Whether to go on with others.
bool NotesUpload::share(const NotesAddress& address, const std::stop_token& stop) {
  const std::vector<TaskNotes> notes = notes_named(address.task);
  if (notes.empty()) {
    return true;
  }
  const auto packed = pack_shared_notes(address, notes);
  const UniqueFd file(::memfd_create("notes", MFD_CLOEXEC));
  if (!packed || !file.valid() || !write_all(file.get(), as_bytes(packed->bytes))) {
    return false;
  }
  for (unsigned slot = 0; slot < kNotesSlots && !stop.stop_requested(); ++slot) {
    const UploadRequest request{.key = notes_key(address, slot),
                                .fd = file.get(),
                                .size_bytes = packed->bytes.size(),
                                .sha256 = sha256(packed->bytes),
                                .outputs = packed->content,
                                .provenance = run_.options.provenance};
    // Those of other keys are there: of a shard, another platform. The next place may be free.
    const UploadOutcome outcome = remote_.upload(request, Comparison::with_the_stored, stop);
    if (outcome != UploadOutcome::differs) {
      return outcome != UploadOutcome::failed;
    }
  }
  return true;
}

}  // namespace vc::agent
