// restore_bench: restoring every artifact of a workspace from the local cache, beside what the file
// system alone charges for the same files. Prints one JSON object; [wall, CPU] times in
// milliseconds, the best of the rounds.
//
//   restore_bench DIRECTORY [ARTIFACTS [FILES [THREADS [ROUNDS]]]]
//
// DIRECTORY must not exist. Files have about 12 KB of text made by a seeded generator; 1000
// artifacts of 5 are 61 MB.
#include "agent/local_cache.hpp"
#include "agent/outputs.hpp"
#include "core/clock.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <limits>
#include <random>
#include <thread>

namespace {

using namespace vc;
using namespace vc::agent;

struct Size {
  int artifacts = 1000;
  int files = 5;
  int threads = 2;
  int rounds = 5;
};

constexpr std::size_t kFileBytes = 12'200;

// Words in random order: compresses about as bundled JavaScript does.
std::string text(std::uint64_t seed) {
  static constexpr std::string_view kWords[] = {
      "function ", "return ",  "const ", "this.",     "exports.", "=>",
      "(",         ")",        "{\n  ",  "}\n",       ";\n",      "props",
      "children",  "await ",   "null",   "undefined", "index",    "value",
      "options",   "callback", ".map(",  "[0]",       " === ",    "\"use strict\""};
  std::mt19937_64 random(seed);
  std::string out;
  while (out.size() < kFileBytes) {
    out += kWords[random() % std::size(kWords)];
    if (random() % 24 == 0) {
      out += fmt::format("{:x}", random() & 0xFFFFFF);
    }
  }
  out.resize(kFileBytes);
  return out;
}

struct Cost {
  double wall_ms = std::numeric_limits<double>::max();
  double cpu_ms = std::numeric_limits<double>::max();

  void keep_best(const Cost& other) {
    wall_ms = std::min(wall_ms, other.wall_ms);
    cpu_ms = std::min(cpu_ms, other.cpu_ms);
  }

  std::string json() const { return fmt::format("[{:.1f}, {:.1f}]", wall_ms, cpu_ms); }
};

double cpu_ms_so_far() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

[[noreturn]] void die(const Error& error) {
  fmt::print(stderr, "restore_bench: {}\n", error.message);
  std::exit(1);
}

template <class T>
T must(Result<T> result) {
  if (!result) {
    die(result.error());
  }
  if constexpr (!std::is_void_v<T>) {
    return *std::move(result);
  }
}

class RestoreBench {
 public:
  RestoreBench(fs::path directory, Size size)
      : directory_(std::move(directory)),
        size_(size),
        globs_(must(GlobSet::compile({"dist/**"}))),
        cache_(must(LocalCache::open(directory_ / ".velocity/cache", "bench", {}, clock_))) {
    for (int i = 0; i < size_.artifacts * size_.files; ++i) {
      contents_.push_back(text(static_cast<std::uint64_t>(i)));
    }
    for (int i = 0; i < size_.artifacts; ++i) {
      must(make_directories(directory_ / package(i)));
      must(make_directories(directory_ / "floor" / package(i)));
    }
  }

  void run() {
    const Cost pack_cost = timed([&](int i) { write_files(directory_ / package(i), i), pack(i); });
    Cost floor;
    Cost restored;
    Cost replaced;
    Cost checked;
    for (int round = 0; round < size_.rounds; ++round) {
      floor.keep_best(timed([&](int i) { write_floor(i); }));
      fs::remove_all(directory_ / "floor");
      for (int i = 0; i < size_.artifacts; ++i) {
        must(make_directories(directory_ / "floor" / package(i)));
        fs::remove_all(directory_ / package(i) / "dist");
      }
      restored.keep_best(timed([&](int i) { restore(i); }));
      replaced.keep_best(timed([&](int i) { restore(i); }));
      timed([&](int i) { check(i); });  // Takes the stamps that were too young to keep.
      checked.keep_best(timed([&](int i) { check(i); }));
    }
    fmt::print(
        "{{\"artifacts\": {}, \"files\": {}, \"threads\": {}, \"build_and_pack\": {}, "
        "\"write_floor\": {}, \"restore\": {}, \"restore_over_floor\": [{:.2f}, {:.2f}], "
        "\"replace\": {}, \"check_unchanged\": {}}}\n",
        size_.artifacts, size_.files, size_.threads, pack_cost.json(), floor.json(),
        restored.json(), restored.wall_ms / floor.wall_ms, restored.cpu_ms / floor.cpu_ms,
        replaced.json(), checked.json());
  }

 private:
  static std::string package(int i) { return fmt::format("packages/p{:04}", i); }

  static Digest key(int i) { return sha256(package(i)); }

  OutputScope scope(int i) const {
    return {.root = directory_, .package = package(i), .globs = &globs_};
  }

  Cost timed(const std::function<void(int)>& work) const {
    std::atomic<int> next = 0;
    const double cpu_before = cpu_ms_so_far();
    const auto start = std::chrono::steady_clock::now();
    {
      std::vector<std::jthread> threads;
      for (int t = 0; t < size_.threads; ++t) {
        threads.emplace_back([&] {
          for (int i = next++; i < size_.artifacts; i = next++) {
            work(i);
          }
        });
      }
    }
    const auto wall = std::chrono::steady_clock::now() - start;
    return {.wall_ms = std::chrono::duration<double, std::milli>(wall).count(),
            .cpu_ms = cpu_ms_so_far() - cpu_before};
  }

  void write_files(const fs::path& parent, int i) const {
    const fs::path dist = parent / "dist";
    ::mkdir(dist.c_str(), 0777);
    const auto first = static_cast<std::size_t>(i) * static_cast<std::size_t>(size_.files);
    for (int file = 0; file < size_.files; ++file) {
      const std::string& content = contents_[first + static_cast<std::size_t>(file)];
      const UniqueFd fd =
          must(open_file(dist / fmt::format("out{}.js", file), O_WRONLY | O_CREAT | O_EXCL));
      must(write_all(fd.get(), as_bytes(content)));
    }
  }

  void write_floor(int i) const { write_files(directory_ / "floor" / package(i), i); }

  void pack(int i) const {
    const CollectedOutputs collected = must(collect_outputs(scope(i)));
    const auto writer = must(cache_->writer());
    const UniqueFd from = must(open_file(directory_ / package(i), O_RDONLY | O_DIRECTORY));
    const PackedArtifact packed =
        must(pack_archive({.fingerprint_version = 1,
                           .key = key(i),
                           .label = package(i) + "#build",
                           .outputs = collected.entries,
                           .provenance = {}},
                          "the log of the task\n", from.get(), writer->fd()));
    must(writer->publish(key(i), packed.sha256, packed.size_bytes, ""));
  }

  // As a run does it: look up, restore, remember.
  void restore(int i) const {
    const std::optional<LocalEntry> entry = must(cache_->find(key(i)));
    const std::string label = package(i) + "#build";
    const fs::path state = directory_ / ".velocity";
    UnpackedArtifact artifact = must(restore_outputs({.scope = scope(i),
                                                      .state_directory = state,
                                                      .key = key(i),
                                                      .archive_sha256 = entry->sha256,
                                                      .label = label,
                                                      .limits = {}},
                                                     archive_source(*entry)));
    must(write_output_record(state, label, scope(i),
                             {.key = key(i),
                              .duration_ms = artifact.manifest.duration_ms,
                              .log = std::move(artifact.log),
                              .entries = std::move(artifact.manifest.outputs),
                              .verified_at = artifact.verified_at,
                              .stamps = {},
                              .file = {}}));
  }

  void check(int i) const {
    const auto record = read_output_record(directory_ / ".velocity", package(i) + "#build");
    if (!record || !outputs_are_current(scope(i), *record, Verification::stamps)) {
      die({.code = Errc::conflict, .message = package(i) + " is not current", .hint = {}});
    }
  }

  SystemClock clock_;
  fs::path directory_;
  Size size_;
  GlobSet globs_;
  std::unique_ptr<LocalCache> cache_;
  std::vector<std::string> contents_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || fs::exists(argv[1])) {
    std::fputs("usage: restore_bench NEW_DIRECTORY [ARTIFACTS [FILES [THREADS [ROUNDS]]]]\n",
               stderr);
    return 2;
  }
  Size size;
  int* const numbers[] = {&size.artifacts, &size.files, &size.threads, &size.rounds};
  for (int i = 2; i < argc && i < 6; ++i) {
    *numbers[i - 2] = std::atoi(argv[i]);
  }
  RestoreBench(argv[1], size).run();
}
