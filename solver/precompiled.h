#pragma once

// Slow headers, parsed once for the module.
#include <deal.II/base/quadrature_lib.h>
#include <deal.II/dofs/dof_handler.h>
#include <deal.II/fe/fe_q.h>
#include <deal.II/fe/fe_values.h>
#include <deal.II/grid/tria.h>
#include <petscmat.h>

#include <Eigen/Dense>
#include <Eigen/SparseCore>
