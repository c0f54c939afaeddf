"""The paper's catalogue; usage: paper_catalogue_test.py SCRIPTS_DIR RESPONSE_CSV."""

import sys
import unittest
from pathlib import Path

from run_script import run
from small_paper import COMPARED, use_scripts

SCRIPTS, RESPONSE = Path(sys.argv[1]), Path(sys.argv[2])
use_scripts(SCRIPTS)
from paper import catalogue as paper  # noqa: E402  (the path comes first)
from paper import figures  # noqa: E402
from paper.catalogue import Catalogue, CatalogueError  # noqa: E402


class TheCatalogue(unittest.TestCase):
    def test_has_every_figure_and_a_way_to_draw_it(self):
        catalogue = Catalogue("full")
        self.assertEqual(list(catalogue.figures), [f"fig{i:02}" for i in range(1, 21)])
        for name, figure in catalogue.figures.items():
            self.assertIn(figure["kind"], figures._KINDS, name)
            self.assertLessEqual(set(figure), {"shows", "kind", "study", "process", "beside"}, name)
            for study in paper.studies(figure):
                self.assertTrue((SCRIPTS.parent / "inputs" / "paper" / f"{study}.yaml").is_file(), study)
        self.assertEqual(list(catalogue.others), ["table2", "claims", "zero_noise"])
        self.assertEqual(len(catalogue.studies), 5)

    def test_the_papers_comparisons_share_their_curves(self):
        figures = Catalogue("full").figures
        for one, others in COMPARED.items():
            for other in others:
                self.assertIn(figures[other]["study"], paper.studies(figures[one]), f"{one}, {other}")

    def test_full_is_the_papers(self):
        catalogue = Catalogue("full")
        self.assertEqual(catalogue.levels("reaction_vp"), ["0", "0.01", "0.03", "0.1", "0.3", "1", "3"])
        self.assertEqual(catalogue.settings("masks_ve"), [])
        self.assertEqual(catalogue.density_settings(), [])
        self.assertEqual(len(catalogue.needs("fig09")), 14)

    def test_figures_share_their_runs(self):
        catalogue = Catalogue("quick")
        self.assertLess(set(catalogue.needs("fig07")), set(catalogue.needs("fig09")))
        self.assertEqual(set(catalogue.needs("fig09")), set(catalogue.needs("fig11")))
        everything = {need for name in catalogue.figures for need in catalogue.needs(name)}
        self.assertLess(everything, set(catalogue.needs("claims")))

    def test_overrides_come_last_and_epochs_replace_the_budgets(self):
        settings = Catalogue("quick", epochs=7, overrides=["model.width=9"]).settings("linear_ve", "0.3", "sde")
        self.assertIn("training.epochs=7", settings)
        self.assertNotIn("training.epochs=400", settings)
        self.assertIn("noise.relative=0.3", settings)
        self.assertIn("sampling.method=euler_maruyama", settings)
        self.assertEqual(settings[-1], "model.width=9")

    def test_a_stage_sees_only_what_its_result_depends_on(self):
        def settings(epochs, *overrides):
            return Catalogue("quick", epochs, overrides).settings("linear_ve", without=("process", "training", "sampling"))
        self.assertEqual(settings(7, "sampling.samples=9"), settings(8))
        self.assertNotEqual(settings(7, "prior.mean=3"), settings(7))

    def test_sde_is_not_given_the_odes_tolerances(self):
        for overrides in ([], ["sampling.rtol=0.01"]):
            for sampler, count in (("ode", 2 + len(overrides)), ("sde", 0)):
                settings = Catalogue("smoke", overrides=overrides).settings("linear_ve", "0.03", sampler)
                self.assertEqual(sum("tol=" in setting for setting in settings), count)

    def test_zero_noise_is_trained_for_the_papers_epochs(self):
        settings = Catalogue("quick", epochs=7).settings("linear_ve", paper.PAPER_LENGTH)
        self.assertIn("training.epochs=10000", settings)
        self.assertIn("noise.relative=0", settings)
        self.assertIn("sampling.measurements=1000", settings)
        self.assertIn("sampling.samples=200", settings)
        self.assertIn("sampling.measurements=50", Catalogue("quick").settings("linear_ve", "0"))

    def test_costs_add_up(self):
        catalogue = Catalogue("quick")
        everything = catalogue.minutes(*catalogue.expand(["all"]))
        self.assertAlmostEqual(everything, catalogue.minutes("claims") + 0.1 * 21)  # 20 figures and table2 to draw
        self.assertAlmostEqual(catalogue.minutes("fig08", "fig09"), catalogue.minutes("fig08") + 0.1)
        self.assertGreater(catalogue.minutes("zero_noise"), 20)

    def test_all_leaves_out_what_takes_the_papers_epochs(self):
        self.assertEqual(Catalogue("quick").expand(["fig03", "all"])[:2], ["fig03", "fig01"])
        self.assertNotIn("zero_noise", Catalogue("quick").expand(["all"]))

    def test_refuses_an_unknown_budget(self):
        with self.assertRaisesRegex(CatalogueError, "huge.*quick"):
            Catalogue("huge")

    def test_is_listed_with_needs_and_cost(self):
        result = run(SCRIPTS, "program/paper_list.py")
        self.assertEqual(result.returncode, 0, result.stderr)
        for name in Catalogue("quick").names:
            self.assertRegex(result.stdout, rf"(?m)^{name} .*(min|h) ")
        self.assertRegex(result.stdout, r"fig09 .* 7 posteriors of linear_vp, linear_ve ")
        self.assertRegex(result.stdout, r"fig14 .* 4 posteriors of masks_ve; 7 posteriors of linear_ve ")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
