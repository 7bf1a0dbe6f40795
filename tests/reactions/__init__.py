"""The reactions kit: a rules file over all built-in reactions under fire, judged by what others have seen."""
