#pragma once

#include <string>
#include <vector>

namespace scorefem::commands {

/// What `scorefem reproduce` is asked for.
struct ReproduceOptions {
  std::vector<std::string> names;      //!< of --list, or all
  std::string budget = "quick";        //!< of the catalogue
  int epochs = 0;                      //!< of every training; 0: the budget's
  std::vector<std::string> overrides;  //!< "a.b.c=value" for the studies of the inverse problem
  std::string output;                  //!< folder of all results; empty: runs/paper/BUDGET
  std::string from;                    //!< draw_stored(): folder of stored results
  std::string program;                 //!< the scorefem that does the work
  std::string profile;                 //!< folder of a Snakemake profile; empty: this machine
  int cores = 0;                       //!< of all jobs together, >= 1
  int threads = 0;                     //!< of one stage; 0: all cores, or 4 with a profile
  bool keep_going = false;             //!< after a failed job, do what does not depend on it
  bool dry_run = false;                //!< print the jobs that are missing
};

/// Prints what can be reproduced: name, what it shows, needs, and cost.
/// @throws std::runtime_error if the script that prints it fails.
void list_reproducible();

/// Makes figures and tables of the paper, by Snakemake on paper.smk, which runs only what is missing. A
/// signal ends it with its jobs, whose work is saved (base::run_program_tree).
/// @throws InputError for an unknown name or budget with the nearest match, for overrides that a study
///         refuses (nothing is written then), and if another run is at work in the folder.
///         std::runtime_error if not all was made; naming the package if Snakemake is missing.
void reproduce(const ReproduceOptions& options);

/// Draws figures and tables from the results in options.from, a folder of reproduce() or the small part of
/// one that is committed; runs nothing. A figure of several noise levels shows those that are there.
/// @throws InputError for an unknown name or budget, for options that only a run has, and if options.from is
///         no folder. std::runtime_error if a figure's results are not all there; the others are drawn.
void draw_stored(const ReproduceOptions& options);

}  // namespace scorefem::commands
