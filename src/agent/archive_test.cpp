#include "agent/archive.hpp"

#include "agent/testing/artifacts.hpp"
#include "agent/testing/tree.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace vc::agent {
namespace {

using testing::HasSubstr;

struct ArchiveTest : testing::Test {
  TempDir temp = TempDir::create().value();
  fs::path package = temp.path() / "package";
  fs::path staging = temp.path() / "staging";
  GlobSet everything = globs({"**"});

  ArchiveTest() {
    fs::create_directory(package);
    fs::create_directory(staging);
  }

  OutputScope scope() const {
    return {.root = temp.path(), .package = "package", .globs = &everything};
  }

  std::vector<OutputEntry> collected() const { return collect_outputs(scope()).value().entries; }

  std::string pack(std::string_view log = "") const {
    auto packed = try_pack(manifest_of(collected()), log, package);
    EXPECT_TRUE(packed) << packed.error().message;
    return packed ? packed->bytes : std::string();
  }

  Result<UnpackedArtifact> unpack(const ArchiveSource& source, const ArchiveLimits& limits = {}) {
    const UniqueFd fd = open_file(staging, O_RDONLY | O_DIRECTORY).value();
    return unpack_archive(source, fd.get(), test_key(), limits);
  }

  Errc unpack_error(std::string bytes, const ArchiveLimits& limits = {}) {
    fs::remove_all(staging);
    fs::create_directory(staging);
    const auto unpacked = unpack(source_of(std::move(bytes)), limits);
    EXPECT_FALSE(unpacked);
    return unpacked ? Errc::invalid : unpacked.error().code;
  }
};

const std::string kLong(150, 'n');

Tree odd_tree() {
  return {
      {"dist/index.js", file("console.log(1)\n")},
      {"dist/run", program("#!/bin/sh\n")},
      {"dist/empty.txt", file("")},
      {"dist/.hidden/.dotfile", file("dot")},
      {"dist/empty directory", directory()},
      {"dist/latest", link("index.js")},
      {"dist/dangling", link("not-there/at-all")},
      {"dist/up", link("../package.json")},
      {"dist/long-target", link(std::string(120, 't'))},
      {"dist/" + kLong, file("a name past the ustar field")},
      {"dist/" + kLong + "2/" + kLong + "/x", file("")},
      {"dist/line\nbreak", file("a name with a newline")},
      {"dist/\xC3\xBC\xE2\x82\xAC", file("UTF-8")},
      {"dist/big.bin", file(std::string(300'000, 'b') + std::string(100'001, 'c'))},
      {"dist/block.bin", file(std::string(512, 'x'))},
      {"dist/a-b", file("sorts between a and a/c")},
      {"dist/a/c", file("")},
      {"top.txt", file("at the top")},
  };
}

// B23: links as links, modes, empty directories, dotfiles.
TEST_F(ArchiveTest, ATreeComesBackAsItWas) {
  write_tree(package, odd_tree());
  const std::string bytes = pack("the log");
  const auto unpacked = unpack(source_of(bytes));
  ASSERT_TRUE(unpacked) << unpacked.error().message;
  EXPECT_EQ(read_tree(staging), odd_tree());
  EXPECT_EQ(unpacked->log, "the log");
  EXPECT_EQ(unpacked->sha256, sha256(bytes));
  EXPECT_EQ(unpacked->size_bytes, bytes.size());
  EXPECT_EQ(unpacked->manifest.label, "web#build");
  EXPECT_EQ(unpacked->manifest.duration_ms, 1234U);
  EXPECT_EQ(unpacked->manifest.provenance.at("ref"), "refs/heads/main");
  EXPECT_EQ(unpacked->manifest.outputs, collected());
}

TEST_F(ArchiveTest, ArrivingByteByByteChangesNothing) {
  write_tree(package, {{"dist/a", file("abc")}, {"dist/b", file(std::string(1000, 'b'))}});
  ASSERT_TRUE(unpack(source_of(pack(), 1)));
  EXPECT_EQ(read_tree(staging), read_tree(package));
}

TEST_F(ArchiveTest, TheSameTreeGivesTheSameBytes) {
  write_tree(package, {{"dist/a", file("abc")}, {"dist/b/c", program("x")}});
  const std::string first = pack("log");
  fs::remove_all(package);
  fs::create_directory(package);
  // Made in another order, at another time, with modes that differ where it does not count.
  write_tree(package, {{"dist/b/c", file("x", 0700)}});
  write_tree(package, {{"dist/a", file("abc", 0600)}});
  EXPECT_EQ(pack("log"), first);
}

TEST_F(ArchiveTest, AnEmptyResultIsAnArchiveToo) {
  ASSERT_TRUE(unpack(source_of(pack("only a log"))));
  EXPECT_TRUE(read_tree(staging).empty());
}

TEST_F(ArchiveTest, PackStatesSizeAndDigestOfWhatItWrote) {
  write_tree(package, {{"dist/a", file("abc")}});
  const auto packed = try_pack(manifest_of(collected()), "log", package).value();
  EXPECT_EQ(packed.packed.size_bytes, packed.bytes.size());
  EXPECT_EQ(packed.packed.sha256, sha256(packed.bytes));
}

bool have(const char* program) {
  return std::system((std::string("command -v ") + program + " >/dev/null 2>&1").c_str()) == 0;
}

std::string output_of(const std::string& command) {
  std::string out;
  FILE* pipe = ::popen(command.c_str(), "r");
  char buffer[4096];
  for (std::size_t count = 0; (count = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) {
    out.append(buffer, count);
  }
  EXPECT_EQ(::pclose(pipe), 0) << command;
  return out;
}

TEST_F(ArchiveTest, GnuTarListsAndExtractsIt) {
  if (!have("tar") || !have("zstd")) {
    GTEST_SKIP() << "needs tar and zstd";
  }
  write_tree(package, odd_tree());
  ASSERT_TRUE(write_file_atomically(temp.path() / "a.tar.zst", pack("the log")));
  const std::string archive = (temp.path() / "a.tar.zst").native();
  const std::string listed = output_of("tar --zstd -tf " + archive + " 2>&1");
  EXPECT_TRUE(listed.starts_with(".velocity/manifest.json\n.velocity/log\ndist/"));
  EXPECT_THAT(listed, HasSubstr("dist/empty directory/\n"));
  // No line of another kind: tar complains about nothing.
  EXPECT_EQ(output_of("tar --zstd -xf " + archive + " -C " + staging.native() + " 2>&1"), "");
  EXPECT_EQ(read_file(staging / ".velocity/log").value(), "the log");
  fs::remove_all(staging / ".velocity");
  EXPECT_EQ(read_tree(staging), odd_tree());
}

// B16: never a partial archive that counts as one.
TEST_F(ArchiveTest, WhatChangesWhilePackingIsAConflict) {
  const Tree tree{{"dist/a", file("abc")}, {"dist/l", link("a")}, {"dist/e", directory()}};

  struct Case {
    const char* what;
    std::function<void(const fs::path&)> change;
  };

  const Case cases[] = {
      {"content", [](auto& d) { write_tree(d, {{"dist/a", file("abd")}}); }},
      {"longer", [](auto& d) { write_tree(d, {{"dist/a", file("abcd")}}); }},
      {"shorter", [](auto& d) { write_tree(d, {{"dist/a", file("ab")}}); }},
      {"exec bit", [](auto& d) { write_tree(d, {{"dist/a", program("abc")}}); }},
      {"gone", [](auto& d) { fs::remove(d / "dist/a"); }},
      {"directory gone", [](auto& d) { fs::remove_all(d / "dist"); }},
      {"a FIFO now",  // B23: opening it must not wait.
       [](auto& d) {
         fs::remove(d / "dist/a");
         ::mkfifo((d / "dist/a").c_str(), 0644);
       }},
      {"a link now",
       [](auto& d) {
         fs::rename(d / "dist/a", d / "b");
         fs::create_symlink("../b", d / "dist/a");
       }},
      {"parent a link now",
       [](auto& d) {
         fs::rename(d / "dist", d / "real");
         fs::create_symlink("real", d / "dist");
       }},
      {"another target",
       [](auto& d) {
         fs::remove(d / "dist/l");
         fs::create_symlink("e", d / "dist/l");
       }},
      {"no link any more",
       [](auto& d) {
         fs::remove(d / "dist/l");
         write_tree(d, {{"dist/l", file("a")}});
       }},
      {"empty directory gone", [](auto& d) { fs::remove(d / "dist/e"); }},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    fs::remove_all(package);
    write_tree(package, tree);
    const auto manifest = manifest_of(collected());
    c.change(package);
    const auto packed = try_pack(manifest, "", package);
    ASSERT_FALSE(packed);
    EXPECT_EQ(packed.error().code, Errc::conflict) << packed.error().message;
    EXPECT_THAT(packed.error().message, HasSubstr("dist/"));
  }
}

TEST_F(ArchiveTest, PackRefusesWhatNoReaderWouldTake) {
  const auto entry = [](std::string path) { return OutputEntry{.path = std::move(path)}; };
  const auto to = [](std::string path, std::string target) {
    return OutputEntry{
        .path = std::move(path), .kind = EntryKind::symlink, .target = std::move(target)};
  };
  const std::vector<std::vector<OutputEntry>> refused{
      {entry(".velocity/x")},   {entry("/abs")},          {entry("a/../b")},
      {entry("b"), entry("a")}, {entry("a"), entry("a")}, {entry("a"), entry("a/b")},
      {to("l", "/etc")},        {to("l", "../x")},
  };
  for (const auto& outputs : refused) {
    const auto packed = try_pack(manifest_of(outputs), "", package);
    ASSERT_FALSE(packed) << outputs[0].path;
    EXPECT_EQ(packed.error().code, Errc::invalid) << outputs[0].path;
  }
  auto manifest = manifest_of({});
  manifest.label = "\xFF";
  EXPECT_EQ(try_pack(manifest, "", package).error().code, Errc::invalid);
}

TEST_F(ArchiveTest, LimitsHoldForWriterAndReaderAtNAndPassAtNPlusOne) {
  write_tree(package, {{"dist/a", file("abc")}, {"dist/bcdef", file("de")}});
  const auto manifest = manifest_of(collected());
  const std::string bytes = pack("12345");

  struct Case {
    const char* what;
    ArchiveLimits fits;
    ArchiveLimits exceeded;
    Errc writer_says;
  };

  const Case cases[] = {
      {"entries", {.entries_max = 2}, {.entries_max = 1}, Errc::too_large},
      {"bytes", {.unpacked_bytes_max = 5}, {.unpacked_bytes_max = 4}, Errc::too_large},
      {"path", {.path_bytes_max = 10}, {.path_bytes_max = 9}, Errc::invalid},
      {"log", {.log_bytes_max = 5}, {.log_bytes_max = 4}, Errc::too_large},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    EXPECT_TRUE(try_pack(manifest, "12345", package, c.fits));
    EXPECT_EQ(try_pack(manifest, "12345", package, c.exceeded).error().code, c.writer_says);
    fs::remove_all(staging);
    fs::create_directory(staging);
    EXPECT_TRUE(unpack(source_of(bytes), c.fits));
    EXPECT_EQ(unpack_error(bytes, c.exceeded), Errc::corrupt);
  }
  const std::string tar = decompressed(bytes);
  const auto manifest_bytes =
      static_cast<std::uint64_t>(std::strtoul(tar.substr(124, 11).c_str(), nullptr, 8));
  EXPECT_TRUE(try_pack(manifest, "", package, {.manifest_bytes_max = manifest_bytes}));
  EXPECT_EQ(
      try_pack(manifest, "", package, {.manifest_bytes_max = manifest_bytes - 1}).error().code,
      Errc::too_large);
  EXPECT_EQ(unpack_error(bytes, {.manifest_bytes_max = manifest_bytes - 1}), Errc::corrupt);
}

// B11, B24
TEST_F(ArchiveTest, CutOffAnywhereItIsCorrupt) {
  write_tree(package, {{"dist/a", file(std::string(700, 'a'))}, {"dist/b", program("x")}});
  const std::string bytes = pack("log");
  const std::string tar = decompressed(bytes);
  for (std::size_t length = 0; length < tar.size(); length += 512) {
    EXPECT_EQ(unpack_error(compressed(tar.substr(0, length))), Errc::corrupt) << length;
    EXPECT_EQ(unpack_error(compressed(tar.substr(0, length + 100))), Errc::corrupt) << length;
  }
  for (std::size_t length = 0; length < bytes.size(); length += 5) {
    EXPECT_EQ(unpack_error(bytes.substr(0, length)), Errc::corrupt) << length;
  }
}

TEST_F(ArchiveTest, AFlippedBitAnywhereIsCorruptOrChangesTheDigest) {
  write_tree(package, {{"dist/a", file("abc")}});
  const std::string bytes = pack("log");
  for (std::size_t i = 0; i < bytes.size(); i += 2) {
    std::string flipped = bytes;
    flipped[i] = static_cast<char>(flipped[i] ^ 0x10);
    fs::remove_all(staging);
    fs::create_directory(staging);
    const auto unpacked = unpack(source_of(flipped));
    if (unpacked) {
      EXPECT_NE(unpacked->sha256, sha256(bytes)) << i;
    } else {
      EXPECT_EQ(unpacked.error().code, Errc::corrupt) << i << ": " << unpacked.error().message;
    }
  }
}

TEST_F(ArchiveTest, BytesAfterTheEndAreCorrupt) {
  write_tree(package, {{"dist/a", file("abc")}});
  const std::string bytes = pack();
  const std::string tar = decompressed(bytes);
  EXPECT_EQ(unpack_error(bytes + "x"), Errc::corrupt);
  EXPECT_EQ(unpack_error(compressed(tar + '\0')), Errc::corrupt);
  EXPECT_EQ(unpack_error(compressed(tar + std::string(512, '\0'))), Errc::corrupt);
  EXPECT_EQ(unpack_error(bytes + bytes), Errc::corrupt);
  EXPECT_EQ(unpack_error(bytes + compressed("x")), Errc::corrupt);
}

TEST_F(ArchiveTest, AnErrorOfTheSourceIsPassedOnAsItIs) {
  const auto unpacked = unpack([](std::span<std::byte>) -> Result<std::size_t> {
    return fail(Errc::unavailable, "connection reset");
  });
  EXPECT_EQ(unpacked.error().code, Errc::unavailable);
}

TEST_F(ArchiveTest, AnotherKeyIsCorrupt) {
  auto manifest = manifest_of({});
  manifest.key = sha256("another key");
  EXPECT_EQ(unpack_error(try_pack(manifest, "", package)->bytes), Errc::corrupt);
}

TEST_F(ArchiveTest, TheHeadIsReadWithoutTheRest) {
  write_tree(package, {{"dist/a", file(std::string(5000, 'a'))}});
  const std::string tar = decompressed(pack("the log"));
  // Right after the log: whatever follows is not looked at.
  const auto head = read_archive_head(source_of(compressed(tar.substr(0, 4UZ * 512))));
  ASSERT_TRUE(head) << head.error().message;
  EXPECT_EQ(head->log, "the log");
  EXPECT_EQ(head->manifest.outputs, collected());
}

TEST_F(ArchiveTest, NamesThatDifferInCaseAreTwoFiles) {
  write_tree(package, {{"dist/readme", file("a")}, {"dist/README", file("b")}});
  ASSERT_TRUE(unpack(source_of(pack())));
  EXPECT_EQ(read_tree(staging), read_tree(package));
}

TEST_F(ArchiveTest, TheUmaskAppliesAsItDoesToTheTask) {
  write_tree(package, {{"dist/a", file("a")}, {"dist/p", program("p")}});
  const std::string bytes = pack();
  const mode_t before = ::umask(0077);
  const auto unpacked = unpack(source_of(bytes));
  ::umask(before);
  ASSERT_TRUE(unpacked);
  EXPECT_EQ(read_tree(staging), (Tree{{"dist/a", file("a", 0600)}, {"dist/p", file("p", 0700)}}));
}

}  // namespace
}  // namespace vc::agent
