"""Record real CLI runs against a scripted model, and store their trace bundles as cases."""
