// HDF5 and NetCDF files.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "files.h"
#include "pipeline/base/errors.h"
#include "pipeline/base/hdf5_file.h"
#include "pipeline/exporting/netcdf_file.h"

namespace scorefem {
namespace {

namespace fs = std::filesystem;

TEST_F(Files, Hdf5RoundTrip) {
  solver::Matrix m(3, 2);
  m << 1, 2, 3, 4, 5, 6;
  base::Hdf5File file = base::Hdf5File::create(path("a.h5"));
  file.create_group("/g");
  file.write_matrix("/g/m", m);
  file.set_attribute("/", "text", std::string("h\xc3\xa9llo"));
  file.set_attribute("/g/m", "number", 2.5);
  file.set_attribute("/g", "count", std::int64_t{7});
  file.close();
  const base::Hdf5File read = base::Hdf5File::open(path("a.h5"));
  EXPECT_EQ(read.read_matrix("/g/m"), m);
  solver::Matrix rows(2, 2);
  read.read_rows("/g/m", 1, 2, rows.data());
  EXPECT_EQ(rows, m.bottomRows(2));
  EXPECT_EQ(read.text_attribute("/", "text"), "h\xc3\xa9llo");
  EXPECT_EQ(read.number_attribute("/g/m", "number"), 2.5);
  EXPECT_EQ(read.number_attribute("/g", "count"), 7);
  EXPECT_TRUE(read.contains("/g/m"));
  EXPECT_FALSE(read.contains("/h/m"));
  EXPECT_THROW(read.read_rows("/g/m", 2, 2, rows.data()), base::InputError);
  EXPECT_THROW(read.read_matrix("/g"), base::InputError);
  EXPECT_THROW(read.text_attribute("/", "absent"), base::InputError);
  EXPECT_THROW(read.text_attribute("/g", "count"), base::InputError);
}

TEST_F(Files, Hdf5RejectsOtherFiles) {
  std::ofstream(path("text.h5")) << "not HDF5 at all";
  EXPECT_THROW(base::Hdf5File::open(path("text.h5")), base::InputError);
  EXPECT_THROW(base::Hdf5File::open(path("absent.h5")), base::InputError);
  base::Hdf5File file = base::Hdf5File::create(path("cut.h5"));
  file.write_matrix("/m", solver::Matrix::Ones(1000, 30));
  file.close();
  fs::resize_file(path("cut.h5"), fs::file_size(path("cut.h5")) / 2);
  EXPECT_THROW(base::Hdf5File::open(path("cut.h5")), base::InputError);
}

TEST_F(Files, NetcdfSaysWhyItCannotBeWritten) {
  try {
    const exporting::NetcdfFile file(path("no such folder/a.nc"));
    ADD_FAILURE() << "written";
  } catch (const std::runtime_error& error) {
    const std::string text = error.what(), end = ": No such file or directory";
    EXPECT_EQ(text.find(end), text.size() - end.size()) << text;
    EXPECT_EQ(text.find("errno"), std::string::npos) << text;
  }
}

TEST_F(Files, Hdf5AttributesAndObjectsAreReplaced) {
  base::Hdf5File file = base::Hdf5File::create(path("a.h5"));
  file.set_attribute("/", "value", std::string("first"));
  file.set_attribute("/", "value", 2.5);
  file.write_texts("/texts", {"one", "", "three words here"});
  file.close();
  file = base::Hdf5File::open(path("a.h5"), base::Hdf5File::Access::write);
  EXPECT_EQ(file.number_attribute("/", "value"), 2.5);
  EXPECT_EQ(file.read_texts("/texts"), (std::vector<std::string>{"one", "", "three words here"}));
  file.remove("/texts");
  EXPECT_FALSE(file.contains("/texts"));
  EXPECT_THROW(file.read_texts("/texts"), base::InputError);
}

TEST_F(Files, Hdf5ViewsJoinOtherFiles) {
  const solver::Matrix m = solver::Matrix::Random(5, 3);
  fs::create_directory(path("parts"));
  for (const auto& [name, first, n] : {std::tuple{"parts/a.h5", 0, 2}, std::tuple{"parts/b.h5", 2, 3}}) {
    base::Hdf5File file = base::Hdf5File::create(path(name));
    file.write_matrix("/m", m.middleRows(first, n));
    file.close();
  }
  base::Hdf5File file = base::Hdf5File::create(path("whole.h5"));
  file.create_view("/m", {5, 3}, {{"parts/a.h5", 2}, {"parts/b.h5", 3}});
  file.write_matrix("/own", m);
  file.close();
  const base::Hdf5File read = base::Hdf5File::open(path("whole.h5"));
  EXPECT_EQ(read.read_matrix("/m"), m);
  EXPECT_EQ(read.virtual_sources("/m"), (std::vector<std::string>{"parts/a.h5", "parts/b.h5"}));
  EXPECT_TRUE(read.virtual_sources("/own").empty());
  fs::remove(path("parts/b.h5"));
  EXPECT_TRUE(std::isnan(base::Hdf5File::open(path("whole.h5")).read_matrix("/m")(4, 0)));
}

}  // namespace
}  // namespace scorefem
