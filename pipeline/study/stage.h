#pragma once

#include <string>
#include <vector>

#include "pipeline/base/run_log.h"
#include "pipeline/study/redo.h"
#include "pipeline/study/study.h"

namespace scorefem::study {

/// The files of one run, all in one folder.
struct OutputPaths {
  explicit OutputPaths(const std::string& directory);

  std::string directory;
  std::string dataset;             //!< dataset.h5
  std::string shards;              //!< folder of its parts
  std::string checkpoint;          //!< model.pt, a finished training
  std::string partial_checkpoint;  //!< model.partial.pt, a training under way
  std::string training_history;    //!< training.csv
  std::string posterior;           //!< posterior.h5
  std::string partial_posterior;   //!< posterior.partial.h5, the measurements that are sampled so far
  std::string gaussian_posterior;  //!< gaussian_posterior.h5, closed form for the unclipped prior
  std::string reference;           //!< reference.h5, exact by Markov chain Monte Carlo
  std::string reference_parts;     //!< folder of its parts while it is made
  std::string metrics;             //!< metrics.csv
  std::string by_sensors;          //!< by_sensors.csv
  std::string coverage;            //!< coverage.csv
  std::string calibration;         //!< calibration.csv
  std::string local_calibration;   //!< local_calibration.csv
  std::string summary;             //!< summary.json
  std::string report;              //!< report.html
  std::string log;                 //!< log.jsonl, see base::RunLog
  std::string lock;                //!< run.lock, of the command that writes the folder
  std::string redo;                //!< redo.json, see Redo

  /// The files that stages write, each under its own name.
  std::vector<std::string> files() const;
};

/// What every stage gets.
struct StageContext {
  const Study& study;
  OutputPaths paths;
  base::RunLog& log;
  Redo& redo;  //!< --force
};

/// The first line in which two configurations differ, as "old line -> new line"; empty if they are equal.
std::string first_difference(const std::string& before, const std::string& after);

}  // namespace scorefem::study
