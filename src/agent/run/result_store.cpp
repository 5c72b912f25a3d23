#include "agent/run/result_store.hpp"

#include <fmt/core.h>

#include <fcntl.h>

#include <utility>

namespace vc::agent {

namespace {

std::string listed(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) {
    out += (out.empty() ? "" : ", ") + word;
  }
  return out;
}

}  // namespace

bool ResultStore::is_wanted() const {
  return can_write(context_.options.local) || context_.may_write_remote();
}

std::optional<Digest> ResultStore::keep(const ExecutedTask& executed) {
  if (!is_wanted()) {
    return made_by(executed.task);
  }
  const Profile::Span span = context_.profiled("store result", executed.task);
  auto collected = collect(executed.task);
  if (!collected) {
    return std::nullopt;
  }
  const bool is_forced = context_.options.reuse == Reuse::forbidden;
  const bool is_news = is_forced && differs_from_local(executed.task, collected->entries);
  if (is_news) {
    warn(executed.task, kDiffersFromCached);
  }
  const Digest outputs = outputs_digest(collected->entries);
  auto packed = pack(executed, collected->entries);
  if (!packed && packed.error().code == Errc::conflict) {
    warn(executed.task, "its result is not stored: " + packed.error().message);
    return std::nullopt;
  }
  if (can_write(context_.options.local)) {
    write_record(executed.task, OutputRecord{.key = context_.key(executed.task),
                                             .duration_ms = executed.duration_ms,
                                             .log = executed.log->encoded(),
                                             .entries = std::move(collected->entries),
                                             .verified_at = collected->verified_at});
  }
  if (!packed) {
    warn_once(told_no_store_, "results are not stored: " + packed.error().message);
    return outputs;
  }
  if (may_be_uploaded(executed)) {
    transfers_.upload(
        {.label = context_.node(executed.task).label,
         .key = context_.key(executed.task),
         .sha256 = packed->sha256,
         .outputs = outputs,
         .size_bytes = packed->size_bytes,
         .duration_ms = executed.duration_ms,
         .comparison = is_forced && !is_news ? Comparison::with_the_stored : Comparison::none});
  }
  return outputs;
}

std::optional<Digest> ResultStore::made_by(TaskId task) {
  const TaskNode& node = context_.node(task);
  if (!node.outputs_count) {
    return std::nullopt;
  }
  const auto collected = collect_outputs(context_.scopes.of(task));
  std::string trouble = collected ? collected->uncacheable : collected.error().message;
  if (collected && collected->entries.empty() && !node.definition.outputs_optional) {
    trouble = "it made nothing that matches outputs";
  }
  if (!trouble.empty()) {
    warn(task, "results that depend on what it makes are not stored: " + trouble);
    return std::nullopt;
  }
  return outputs_digest(collected->entries);
}

// Without a value: the result cannot be cached, and why has been told.
std::optional<CollectedOutputs> ResultStore::collect(TaskId task) {
  const TaskDefinition& definition = context_.node(task).definition;
  auto collected = collect_outputs(context_.scopes.of(task));
  if (!collected) {
    warn(task, "its result is not stored: " + collected.error().message);
    return std::nullopt;
  }
  if (!collected->uncacheable.empty()) {
    warn(task, "its result cannot be cached: " + collected->uncacheable);
    return std::nullopt;
  }
  if (collected->entries.empty() && !definition.outputs.patterns.empty() &&
      !definition.outputs_optional) {
    warn(task,
         fmt::format("its result is not stored: it made nothing that matches outputs [{}]. "
                     "Correct `outputs`, or set `outputs_optional: true` if that is all right",
                     listed(definition.outputs.patterns)));
    return std::nullopt;
  }
  return *std::move(collected);
}

// An entry that cannot be read is no news: it is about to be replaced.
bool ResultStore::differs_from_local(TaskId task, const std::vector<OutputEntry>& outputs) {
  const auto cached = context_.tiers.find(context_.key(task));
  const auto head = cached ? read_archive_head(archive_source(cached->entry))
                           : fail(Errc::not_found, "no such entry");
  return head && head->manifest.outputs != outputs;
}

Result<PackedArtifact> ResultStore::pack(const ExecutedTask& executed,
                                         const std::vector<OutputEntry>& outputs) {
  const OutputScope& scope = context_.scopes.of(executed.task);
  auto provenance = context_.options.provenance;
  if (executed.started_from == StartedFrom::older_outputs) {
    provenance.emplace(kMadeOfOlderOutputs, "true");
  }
  const ArtifactManifest manifest{.fingerprint_version = kFingerprintVersion,
                                  .key = context_.key(executed.task),
                                  .label = context_.node(executed.task).label,
                                  .duration_ms = executed.duration_ms,
                                  .exit_status = 0,
                                  .outputs = outputs,
                                  .provenance = std::move(provenance)};
  VC_TRY(const UniqueFd package,
         open_file(scope.root / scope.package, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  VC_TRY(LocalCache * cache, context_.tiers.destination(std::nullopt));
  VC_TRY(const auto writer, cache->writer());
  VC_TRY(const PackedArtifact packed,
         pack_archive(manifest, executed.log->encoded(), package.get(), writer->fd()));
  if (context_.options.reuse == Reuse::forbidden) {
    cache->remove(manifest.key);  // `--force` is how a user replaces a result of this machine's.
  }
  VC_CHECK(writer->publish(manifest.key, packed.sha256, packed.size_bytes, ""));
  return packed;
}

bool ResultStore::may_be_uploaded(const ExecutedTask& executed) {
  if (!context_.may_write_remote() || executed.started_from == StartedFrom::older_outputs) {
    return false;
  }
  const auto secrets = secrets_in_log(*executed.log, context_.environment.all());
  if (!secrets.empty()) {
    warn(executed.task, "its result is not uploaded: it printed the value of " + listed(secrets));
    return false;
  }
  return true;
}

void ResultStore::write_record(TaskId task, OutputRecord record) {
  const auto written = write_output_record(context_.state_directory, context_.node(task).label,
                                           context_.scopes.of(task), std::move(record));
  if (!written) {
    warn_once(told_no_record_, "the next run will restore what it could have left alone: " +
                                   written.error().message);
  }
}

void ResultStore::warn(TaskId task, std::string_view text) {
  context_.progress.notice(Severity::warning,
                           fmt::format("{}: {}", context_.node(task).label, text));
}

void ResultStore::warn_once(std::atomic<bool>& told, std::string_view text) {
  if (!told.exchange(true)) {
    context_.progress.notice(Severity::warning, text);
  }
}

}  // namespace vc::agent
