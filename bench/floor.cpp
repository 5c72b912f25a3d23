// floor: what the file system alone charges for the work a run has to do. Prints one JSON object.
//
//   floor stat DIR...            fstatat of every file below, with 2 threads
//   floor read DIR...            reads every file below, with 2 threads
//   floor spawn COUNT            starts /bin/true and waits for it, COUNT times, 2 at once
//   floor write SOURCE TARGET    creates SOURCE's files again below TARGET, with 2 threads
#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

namespace {

namespace fs = std::filesystem;

struct File {
  fs::path path;
  std::string content;
};

template <class Work>
double milliseconds_with_two_threads(std::size_t count, const Work& work) {
  std::atomic<std::size_t> next{0};
  const auto run = [&] {
    for (std::size_t i = next.fetch_add(16); i < count; i = next.fetch_add(16)) {
      for (std::size_t j = i; j < std::min(i + 16, count); ++j) {
        work(j);
      }
    }
  };
  const auto start = std::chrono::steady_clock::now();
  {
    const std::jthread other(run);
    run();
  }
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
      .count();
}

std::vector<fs::path> files_below(const fs::path& directory) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file()) {
      files.push_back(entry.path());
    }
  }
  return files;
}

int report(std::size_t count, double ms) {
  std::printf("{\"count\": %zu, \"ms\": %.2f}\n", count, ms);
  return 0;
}

int stat_floor(int argc, char** argv) {
  std::vector<fs::path> files;
  for (int i = 2; i < argc; ++i) {
    std::ranges::move(files_below(argv[i]), std::back_inserter(files));
  }
  const double ms = milliseconds_with_two_threads(files.size(), [&](std::size_t i) {
    struct stat status{};
    if (::fstatat(AT_FDCWD, files[i].c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
      std::perror(files[i].c_str());
    }
  });
  return report(files.size(), ms);
}

int read_floor(int argc, char** argv) {
  std::vector<fs::path> files;
  for (int i = 2; i < argc; ++i) {
    std::ranges::move(files_below(argv[i]), std::back_inserter(files));
  }
  const double ms = milliseconds_with_two_threads(files.size(), [&](std::size_t i) {
    std::array<char, 64 << 10> buffer;
    const int fd = ::open(files[i].c_str(), O_RDONLY | O_CLOEXEC);
    ssize_t bytes = 0;
    while ((bytes = ::read(fd, buffer.data(), buffer.size())) > 0) {
    }
    if (fd < 0 || bytes < 0) {
      std::perror(files[i].c_str());
    }
    ::close(fd);
  });
  return report(files.size(), ms);
}

int spawn_floor(std::size_t count) {
  const double ms = milliseconds_with_two_threads(count, [](std::size_t) {
    std::array<char*, 2> words{const_cast<char*>("/bin/true"), nullptr};
    pid_t child = 0;
    int status = 0;
    if (::posix_spawn(&child, words[0], nullptr, nullptr, words.data(), environ) != 0 ||
        ::waitpid(child, &status, 0) != child || status != 0) {
      std::fputs("/bin/true did not run\n", stderr);
    }
  });
  return report(count, ms);
}

int write_floor(const fs::path& source, const fs::path& target) {
  std::vector<File> files;
  for (const fs::path& path : files_below(source)) {
    std::ifstream stream(path, std::ios::binary);
    files.push_back({.path = target / fs::relative(path, source),
                     .content = std::string(std::istreambuf_iterator<char>(stream), {})});
    fs::create_directories(files.back().path.parent_path());
  }
  const double ms = milliseconds_with_two_threads(files.size(), [&](std::size_t i) {
    const int fd = ::open(files[i].path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    const ssize_t written = ::write(fd, files[i].content.data(), files[i].content.size());
    if (fd < 0 || written != static_cast<ssize_t>(files[i].content.size())) {
      std::perror(files[i].path.c_str());
    }
    ::close(fd);
  });
  return report(files.size(), ms);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 2 ? argv[1] : "";
  if (what == "stat") {
    return stat_floor(argc, argv);
  }
  if (what == "read") {
    return read_floor(argc, argv);
  }
  if (what == "spawn" && argc == 3) {
    return spawn_floor(std::strtoul(argv[2], nullptr, 10));
  }
  if (what == "write" && argc == 4) {
    return write_floor(argv[2], argv[3]);
  }
  std::fputs("usage: floor stat|read DIR... | floor spawn COUNT | floor write SOURCE TARGET\n",
             stderr);
  return 2;
}
