"""Files from people. Hostile until proven otherwise: known by their content, bounded before they are decoded, written
anew.
"""
